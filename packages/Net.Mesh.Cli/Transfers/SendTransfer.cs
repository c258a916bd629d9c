using System.Security.Cryptography;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Transfers;

/// <summary>Bytes of a source on a reliable stream, until the receiver has confirmed the last one.</summary>
internal sealed class SendTransfer(CliNode node, NodeId peer, ulong streamId, Output output, TimeProvider time)
{
    // What every peer takes in one packet, also one of Net 0.27 (spec 01 §4).
    private const int MessageBytes = 8000;
    private const int MessagesPerRead = 8;

    private long _bytes;

    public async Task RunAsync(Stream source, CancellationToken stop)
    {
        MeshStream stream = node.Node.Streams.Open(peer, streamId, new StreamOptions
        {
            Reliability = Reliability.Reliable,
            WindowBytes = 1 << 20,
            CloseBehavior = CloseBehavior.DropAndClose, // until the end was reached, a close must not look like it
        });
        await using (stream.ConfigureAwait(false))
        {
            var progress = new Progress(output, time, () => Volatile.Read(ref _bytes));
            await using (progress.ConfigureAwait(false))
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                await CopyAsync(source, stream, hash, stop).ConfigureAwait(false);
                if (!await stream.CloseAsync(stop).ConfigureAwait(false))
                    throw new CommandException(ExitCode.Failure, "unconfirmed", $"{peer} has not confirmed everything; it may have a part only. Send it again.");
                TimeSpan took = progress.Elapsed;
                string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
                output.Result(
                    new TransferLine("sent", peer.ToString(), $"0x{streamId:x}", _bytes, sha256, Math.Round(took.TotalSeconds, 3), stream.Stats.Retransmissions),
                    $"sent   {Figures.Count(_bytes)} bytes in {Figures.Seconds(took)}, {Figures.Rate(_bytes, took)}, confirmed by {peer}\nsha256 {sha256}");
            }
        }
    }

    private async Task CopyAsync(Stream source, MeshStream stream, IncrementalHash hash, CancellationToken stop)
    {
        byte[] buffer = new byte[MessageBytes * MessagesPerRead];
        var messages = new List<ReadOnlyMemory<byte>>(MessagesPerRead);
        while (true)
        {
            // A console or a pipe cannot be cancelled while it waits, so the wait is.
            int length = await source.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(stop).ConfigureAwait(false);
            if (length == 0)
                break;
            hash.AppendData(buffer, 0, length);
            messages.Clear();
            for (int offset = 0; offset < length; offset += MessageBytes)
                messages.Add(buffer.AsMemory(offset, Math.Min(MessageBytes, length - offset)));
            await stream.SendBlockingAsync(messages, stop).ConfigureAwait(false);
            Volatile.Write(ref _bytes, _bytes + length);
        }
        // A stream exists at the other end once something arrives there: nothing at all is an empty message.
        if (_bytes == 0)
            await stream.SendBlockingAsync(ReadOnlyMemory<byte>.Empty, stop).ConfigureAwait(false);
    }
}
