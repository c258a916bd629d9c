using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport;

/// <summary>
/// UDP on Linux with many datagrams a system call: recvmmsg and sendmmsg, and where the kernel has them UDP_GRO and
/// UDP_SEGMENT, which take one pass through its network stack for many datagrams.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class BatchedUdpTransport : UdpSocketTransport
{
    private readonly BatchSender _sender;
    private readonly bool _coalesces;

    public BatchedUdpTransport(UdpSocket socket, BatchingSupport support, UdpTransportOptions options, ILogger log)
        : base(socket, $"batched UDP, because the kernel has recvmmsg and sendmmsg, {support.Extras}", options, log)
    {
        _coalesces = support.Coalesces;
        _sender = new(new SocketMessageCalls(socket.Socket), IsIPv6, support.Segments, Counters);
    }

    public override int Send(DatagramBatch batch)
    {
        if (!IsStopping)
        {
            try
            {
                return _sender.Send(batch);
            }
            catch (ObjectDisposedException)
            {
                return 0; // stopped meanwhile; the sender has counted
            }
        }
        Counters.Add(new SendTally { Failed = batch.Count });
        return 0;
    }

    // The socket itself stays until the thread has left its call: a closed descriptor's number may already be someone else's.
    protected override void Unblock() => LibC.Shutdown(Socket.SafeHandle, LibC.ShutdownRead);

    protected override void ReceiveUntilStopped()
    {
        var block = new ReceiveBlock(IsIPv6, _coalesces, MaxDatagramBytes);
        while (!IsStopping)
        {
            Counters.AddReceiveCall();
            int count = block.Receive(Socket.SafeHandle);
            if (IsStopping)
                return; // after a shutdown a call returns an empty message that nobody sent
            if (count >= 0)
                Deliver(block, count);
            else if (!JudgeReceiveError(-count))
                throw new MeshException("socket", $"recvmmsg fails with error {-count}: the socket was closed by someone else.");
        }
    }

    private void Deliver(ReceiveBlock block, int count)
    {
        for (int message = 0; message < count; message++)
        {
            int offset = 0;
            bool isRefused;
            while (!block.TryAddTo(message, ref offset, out isRefused))
                Deliver(block.Batch);
            if (isRefused)
                Counters.AddReceiveFailure();
        }
        Deliver(block.Batch);
    }

    private bool JudgeReceiveError(int error)
    {
        switch (error)
        {
            case LibC.ErrorInterrupted or LibC.ErrorConnectionRefused or LibC.ErrorHostUnreachable or LibC.ErrorNetworkUnreachable:
                return true; // a signal, or ICMP about something sent earlier (spec 01 §17)
            case LibC.ErrorBadDescriptor or LibC.ErrorNotSocket:
                return false;
            default:
                PauseAfterFailure(error);
                return true;
        }
    }
}
