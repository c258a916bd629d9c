using System.Collections.Concurrent;
using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Transport;

/// <summary>The outboxes of a node: one for each channel of each peer that something was sent on. They go with their peer.</summary>
internal sealed class Outboxes(MeshContext context, RpcOptions options, Loopback loopback)
{
    private readonly ConcurrentDictionary<(NodeId Peer, ulong StreamId), Outbox> _outboxes = [];

    public int Count => _outboxes.Count;

    public Outbox For(NodeId peer, ChannelName channel)
    {
        ulong streamId = StreamIds.ForChannel(channel.Hash.Value);
        if (_outboxes.TryGetValue((peer, streamId), out Outbox? outbox))
            return outbox;
        IOutboxPort port = peer == context.NodeId
            ? new LoopbackPort(loopback, streamId)
            : new StreamOutboxPort(context, peer, streamId, new StreamLabel(channel.WireHash, context.Identity.OriginHash), options.WindowBytes);
        return _outboxes.GetOrAdd((peer, streamId), new Outbox(port, options.MaxQueuedBytes));
    }

    public void Forget(NodeId peer)
    {
        foreach ((NodeId Peer, ulong StreamId) key in _outboxes.Keys)
        {
            if (key.Peer == peer)
                _outboxes.TryRemove(key, out _);
        }
    }
}
