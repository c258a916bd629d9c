using System.Buffers.Binary;

namespace Net.Mesh.Benchmarks.Transport.Node;

/// <summary>The other end: reads and counts what comes on one stream, and returns what comes on the other.</summary>
internal sealed class NodePeer : IPeer
{
    private readonly CancellationTokenSource _stop = new();
    private MeshNode? _node;
    private Task _work = Task.CompletedTask;

    public async Task<(int Port, string CertificateHash)> ListenAsync()
    {
        _node = await MeshNode.CreateBuilder("127.0.0.1:0", NodeContender.Psk).BuildAsync();
        IAsyncEnumerable<PeerEvent> changes = _node.Peers.WatchAsync(_stop.Token);
        _work = ServeAsync(_node, changes, _stop.Token);
        return (_node.LocalEndPoint.Port, _node.Ticket.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_node is not null)
            await _node.DisposeAsync();
        try
        {
            await _work;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }
        _stop.Dispose();
    }

    private static async Task ServeAsync(MeshNode node, IAsyncEnumerable<PeerEvent> changes, CancellationToken stop)
    {
        await foreach (PeerEvent change in changes)
        {
            if (change.Change == PeerChange.Joined)
                await Task.WhenAll(
                    CountAsync(node, change.Peer.NodeId, stop),
                    ReturnAsync(node, change.Peer.NodeId, NodeContender.PingStreamId, null, stop),
                    ReturnAsync(node, change.Peer.NodeId, NodeContender.InlinePingStreamId, NodeContender.InlineReading, stop));
        }
    }

    private static async Task CountAsync(MeshNode node, NodeId peer, CancellationToken stop)
    {
        MeshStream stream = node.Streams.Open(peer, NodeContender.StreamId, new StreamOptions { Reliability = Reliability.Reliable });
        long count = 0;
        var reply = new byte[sizeof(long)];
        await foreach (StreamMessage message in stream.ReadAllAsync(stop))
        {
            if (!message.Payload.IsEmpty)
            {
                count++;
                continue;
            }
            BinaryPrimitives.WriteInt64LittleEndian(reply, count);
            await stream.SendBlockingAsync(reply, stop);
        }
    }

    private static async Task ReturnAsync(MeshNode node, NodeId peer, ulong streamId, StreamReadOptions? reading, CancellationToken stop)
    {
        MeshStream stream = node.Streams.Open(peer, streamId, new StreamOptions { Reliability = Reliability.Reliable });
        await foreach (StreamMessage message in stream.ReadAllAsync(reading, stop))
            await stream.SendBlockingAsync(message.Payload, stop);
    }
}
