using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>The peers by node id, and their sessions by session id. Thread-safe.</summary>
internal sealed class PeerTable(int maxPeers)
{
    private readonly ConcurrentDictionary<NodeId, PeerLink> _peers = new();
    private readonly ConcurrentDictionary<ulong, SessionEntry> _sessions = new();

    public int Count => _peers.Count;

    public IEnumerable<PeerLink> All => _peers.Select(pair => pair.Value);

    public IEnumerable<SessionEntry> Sessions => _sessions.Select(pair => pair.Value);

    public bool TryGet(NodeId id, [NotNullWhen(true)] out PeerLink? peer) => _peers.TryGetValue(id, out peer);

    public bool TryGetSession(ulong id, [NotNullWhen(true)] out SessionEntry? entry) => _sessions.TryGetValue(id, out entry);

    public bool TryAddSession(SessionEntry entry) => _sessions.TryAdd(entry.Session.Id, entry);

    /// <summary>Forgets a session and wipes its keys.</summary>
    public void RemoveSession(SessionEntry entry)
    {
        if (_sessions.TryRemove(KeyValuePair.Create(entry.Session.Id, entry)))
            entry.Session.Dispose();
    }

    /// <summary>The peer, created when there is room for one more.</summary>
    public PeerLink? GetOrAdd(NodeId id, Func<NodeId, PeerLink> create)
    {
        if (_peers.TryGetValue(id, out PeerLink? peer))
            return peer;
        return _peers.Count >= maxPeers ? null : _peers.GetOrAdd(id, create);
    }

    public void Remove(PeerLink peer) => _peers.TryRemove(KeyValuePair.Create(peer.Id, peer));

    /// <summary>The peer that is reached at an address directly, if any.</summary>
    public PeerLink? DirectAt(DatagramAddress address)
    {
        foreach ((_, PeerLink peer) in _peers)
        {
            PeerPath path = peer.Path;
            if (!path.IsRelayed && path.Address == address && peer.Current is not null)
                return peer;
        }
        return null;
    }
}
