using System.Collections.Concurrent;
using Net.Mesh.Rpc.Transport;

namespace Net.Mesh.Rpc.Serving;

/// <summary>Where the answers of a service go: a channel for each caller, on the session that the request came on. Thread-safe.</summary>
internal sealed class ReplyChannels(string service, Outboxes outboxes)
{
    /// <summary>A node has one origin; one of Net 0.27 that has not proven its own may claim a few, and no more (spec 07 T13).</summary>
    private const int MaxPerPeer = 16;

    private readonly ConcurrentDictionary<(NodeId Peer, OriginHash Origin), Outbox> _known = [];
    private readonly ConcurrentDictionary<NodeId, int> _perPeer = [];

    /// <summary>The outbox for a caller; null when its node has claimed too many origins.</summary>
    public Outbox? For(NodeId peer, OriginHash origin)
    {
        if (_known.TryGetValue((peer, origin), out Outbox? outbox))
            return outbox;
        if (_perPeer.AddOrUpdate(peer, 1, static (_, count) => count + 1) > MaxPerPeer)
            return null;
        return _known.GetOrAdd((peer, origin), outboxes.For(peer, RpcNames.Replies(service, origin)));
    }

    public void Forget(NodeId peer)
    {
        foreach ((NodeId Peer, OriginHash Origin) key in _known.Keys)
        {
            if (key.Peer == peer)
                _known.TryRemove(key, out _);
        }
        _perPeer.TryRemove(peer, out _);
    }
}
