using System.Security.Cryptography;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Transfers;

/// <summary>The bytes of the first peer that sends on a stream, until it closes the stream.</summary>
internal sealed class ReceiveTransfer(CliNode node, ulong streamId, NodeId? from, Output output, TimeProvider time)
{
    private readonly Dictionary<NodeId, IAsyncEnumerator<StreamMessage>> _candidates = [];
    private readonly Dictionary<Task<bool>, NodeId> _firsts = [];
    private long _bytes;

    /// <summary>Into a file that has its name only when it is complete.</summary>
    public async Task RunAsync(string path, CancellationToken stop)
    {
        string part = path + ".part";
        try
        {
            var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16, useAsync: true);
            await using (file.ConfigureAwait(false))
                await RunAsync(file, stop).ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Into a sink.</summary>
    public async Task RunAsync(Stream sink, CancellationToken stop)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            NodeId sender = await FirstSenderAsync(reading.Token).ConfigureAwait(false);
            await CopyAsync(sender, sink, reading, stop).ConfigureAwait(false);
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
        }
    }

    // A stream shows itself by its first message, so each peer's is opened when the peer joins, and the first message decides.
    private async Task<NodeId> FirstSenderAsync(CancellationToken stop)
    {
        Task<bool> changed = node.Watch.Changes.WaitToReadAsync(stop).AsTask();
        while (true)
        {
            Task<bool> done = await Task.WhenAny(_firsts.Keys.Append(changed)).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (_firsts.Remove(done, out NodeId peer))
            {
                if (await HasMessageAsync(done).ConfigureAwait(false))
                    return peer;
                Listen(peer);
                continue;
            }
            await done.ConfigureAwait(false);
            while (node.Watch.Changes.TryRead(out PeerEvent change))
            {
                if (change.Change is PeerChange.Joined or PeerChange.Restarted && (from is null || change.Peer.NodeId == from))
                    Listen(change.Peer.NodeId);
            }
            changed = node.Watch.Changes.WaitToReadAsync(stop).AsTask();
        }

        void Listen(NodeId peer)
        {
            if (_firsts.ContainsValue(peer) || !node.Node.Peers.TryGet(peer, out _))
                return;
            MeshStream stream = node.Node.Streams.Open(peer, streamId, new StreamOptions { Reliability = Reliability.Reliable });
            IAsyncEnumerator<StreamMessage> messages = stream.ReadAllAsync(stop).GetAsyncEnumerator(CancellationToken.None);
            _candidates[peer] = messages;
            _firsts[messages.MoveNextAsync().AsTask()] = peer;
        }
    }

    // A peer that leaves without having sent anything is no failure.
    private static async Task<bool> HasMessageAsync(Task<bool> first)
    {
        try
        {
            return await first.ConfigureAwait(false);
        }
        catch (StreamException)
        {
            return false;
        }
    }

    private async Task CopyAsync(NodeId sender, Stream sink, CancellationTokenSource reading, CancellationToken stop)
    {
        IAsyncEnumerator<StreamMessage> messages = _candidates[sender];
        if (node.Node.Peers.TryGet(sender, out Peer? peer))
            output.Result(PeerLines.Line(peer, "sending"), PeerLines.Text(peer, "sends"));
        Task<bool> silent = WatchAsync(sender, reading);
        var progress = new Progress(output, time, () => Volatile.Read(ref _bytes));
        await using (progress.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            try
            {
                do
                {
                    ReadOnlyMemory<byte> payload = messages.Current.Payload;
                    hash.AppendData(payload.Span);
                    await sink.WriteAsync(payload, reading.Token).ConfigureAwait(false);
                    Volatile.Write(ref _bytes, _bytes + payload.Length);
                }
                while (await messages.MoveNextAsync().ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                await silent.ConfigureAwait(false);
                throw new CommandException(ExitCode.Failure, "sender-failed", $"{sender} fell silent after {_bytes} bytes, before it closed the stream; the data is incomplete.");
            }
            await sink.FlushAsync(stop).ConfigureAwait(false);
            TimeSpan took = progress.Elapsed;
            string sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            output.Result(
                new TransferLine("received", sender.ToString(), $"0x{streamId:x}", _bytes, sha256, Math.Round(took.TotalSeconds, 3), null),
                $"got    {Figures.Count(_bytes)} bytes in {Figures.Seconds(took)}, {Figures.Rate(_bytes, took)}, from {sender}\nsha256 {sha256}");
        }
    }

    // The session of a peer that fell silent is kept in case it comes back; this command does not wait for that.
    private async Task<bool> WatchAsync(NodeId sender, CancellationTokenSource reading)
    {
        try
        {
            await foreach (PeerEvent change in node.Watch.Changes.ReadAllAsync(reading.Token).ConfigureAwait(false))
            {
                if (change.Peer.NodeId != sender || change.Change is not (PeerChange.Failed or PeerChange.Evicted))
                    continue;
                await reading.CancelAsync().ConfigureAwait(false);
                return true;
            }
        }
        catch (OperationCanceledException)
        {
            // The transfer is over.
        }
        return false;
    }
}
