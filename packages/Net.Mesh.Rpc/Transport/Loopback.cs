using Net.Mesh.Node;

namespace Net.Mesh.Rpc.Transport;

/// <summary>The way to services of this same node: events go to their endpoints in order, on the pool.</summary>
internal sealed class Loopback
{
    private readonly Func<ulong, IRpcEndpoint?> _find;
    private readonly NodeId _self;

    public Loopback(NodeId self, Func<ulong, IRpcEndpoint?> find)
    {
        _self = self;
        _find = find;
    }

    public void Deliver(ulong streamId, ReadOnlySpan<byte> payload) =>
        _find(streamId)?.OnEvent(new RpcSender(_self, Peer: null), payload);
}

/// <summary>An outbox's port to this same node.</summary>
internal sealed class LoopbackPort(Loopback loopback, ulong streamId) : IOutboxPort
{
    public int Lifetime => 1;

    public bool IsOpen => true;

    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        // A handler that answers at once would otherwise call back into whoever is sending here.
        byte[][] copies = [.. events.Select(static e => e.ToArray())];
        ThreadPool.UnsafeQueueUserWorkItem(
            static state =>
            {
                foreach (byte[] payload in state.Copies)
                    state.Loopback.Deliver(state.StreamId, payload);
            },
            (Loopback: loopback, StreamId: streamId, Copies: copies),
            preferLocal: false);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Where an event came from.</summary>
/// <param name="NodeId">The node of the session, or this one.</param>
/// <param name="Peer">The peer; null for this node itself.</param>
internal readonly record struct RpcSender(NodeId NodeId, Peer? Peer);

/// <summary>Takes the events of one channel; on the thread that receives, in order.</summary>
internal interface IRpcEndpoint
{
    void OnEvent(in RpcSender sender, ReadOnlySpan<byte> payload);
}
