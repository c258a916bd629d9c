using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>
/// Sends batches message by message through whatever the kernel answers. Nothing is lost in silence: every datagram ends as
/// sent or as failed. Any thread may send.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>answer</term><description>what follows</description></listheader>
/// <item><term>fewer than asked</term><description>the rest is sent again</description></item>
/// <item><term>EINTR</term><description>again</description></item>
/// <item><term>EAGAIN, ENOBUFS</term><description>again when the socket is writable, 10 times and 50 ms a batch at most; then the rest fails</description></item>
/// <item><term>ECONNREFUSED, EHOSTUNREACH, ENETUNREACH</term><description>once more: it may be about an earlier datagram</description></item>
/// <item><term>EINVAL, EMSGSIZE, EIO, ENOPROTOOPT, EOPNOTSUPP on joined datagrams</term><description>they go singly, and such sizes to this destination from now on</description></item>
/// <item><term>anything else</term><description>the message's datagrams fail</description></item>
/// </list>
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed unsafe class BatchSender(IMessageCalls calls, bool isIPv6, bool segments, UdpCounters counters)
{
    private const int MaxWaits = 10;
    private const int WaitMilliseconds = 5;

    private readonly SegmentLimits? _limits = segments ? new() : null;
    private readonly BlockPool<SendBlock> _blocks = new();

    /// <summary>Sends a batch.</summary>
    /// <returns>How many datagrams the kernel took.</returns>
    public int Send(DatagramBatch batch)
    {
        if (batch.Count == 0)
            return 0;
        SendBlock block = _blocks.Rent() ?? new(isIPv6);
        var progress = default(Progress);
        try
        {
            while (progress.Position < batch.Count)
            {
                int end = block.Build(batch, progress.Position, _limits, progress.SingleUntil);
                progress.Position = Submit(batch, block, end, ref progress);
            }
        }
        finally
        {
            _blocks.Return(block);
            progress.Tally.Failed = batch.Count - progress.Tally.Sent;
            counters.Add(progress.Tally);
        }
        return progress.Tally.Sent;
    }

    /// <returns>The datagram to go on with: the one behind the block, or the first of a message that must be built anew.</returns>
    private int Submit(DatagramBatch batch, SendBlock block, int end, ref Progress progress)
    {
        int message = 0;
        bool isSecondTry = false;
        while (message < block.Count)
        {
            progress.Tally.Calls++;
            int answer = calls.Send(block.Messages + message, block.Count - message);
            if (answer > 0)
            {
                for (int last = message + answer; message < last; message++)
                {
                    progress.Tally.Sent += block.RunOf(message).Count;
                    progress.Tally.Bytes += block.RunOf(message).Bytes;
                }
                isSecondTry = false;
                continue;
            }
            ref readonly SendBlock.Run run = ref block.RunOf(message);
            switch (-answer)
            {
                case LibC.ErrorInterrupted:
                    continue;
                case LibC.ErrorAgain or LibC.ErrorNoBuffers:
                    if (progress.Waits++ == MaxWaits)
                        return batch.Count;
                    calls.WaitWritable(WaitMilliseconds);
                    continue;
                case LibC.ErrorConnectionRefused or LibC.ErrorHostUnreachable or LibC.ErrorNetworkUnreachable when !isSecondTry:
                    isSecondTry = true;
                    continue;
                case LibC.ErrorBadDescriptor or LibC.ErrorNotSocket:
                    return batch.Count;
                case LibC.ErrorIO or LibC.ErrorNoProtocolOption or LibC.ErrorNotSupported when run.IsSegmented:
                    _limits!.Refuse(batch.AddressOf(run.First), 0); // the device cannot, whatever the size
                    progress.SingleUntil = run.First + run.Count;
                    return run.First;
                case LibC.ErrorInvalid or LibC.ErrorMessageSize when run.IsSegmented:
                    _limits!.Refuse(batch.AddressOf(run.First), batch.LengthOf(run.First));
                    progress.SingleUntil = run.First + run.Count;
                    return run.First;
                default:
                    message++;
                    isSecondTry = false;
                    break;
            }
        }
        return end;
    }

    private struct Progress
    {
        public SendTally Tally;
        public int Position;
        public int SingleUntil;
        public int Waits;
    }
}
