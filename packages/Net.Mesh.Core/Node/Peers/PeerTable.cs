using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>The peers by node id, and their sessions by session id. Thread-safe.</summary>
internal sealed class PeerTable(int maxPeers)
{
    private readonly ConcurrentDictionary<NodeId, PeerLink> _peers = new();
    private readonly ConcurrentDictionary<ulong, SessionEntry> _sessions = new();
    private readonly ConcurrentDictionary<DatagramAddress, PeerLink> _byAddress = new();
    private readonly Lock _paths = new();

    public int Count => _peers.Count;

    public IEnumerable<PeerLink> All => _peers.Select(pair => pair.Value);

    public IEnumerable<SessionEntry> Sessions => _sessions.Select(pair => pair.Value);

    public bool TryGet(NodeId id, [NotNullWhen(true)] out PeerLink? peer) => _peers.TryGetValue(id, out peer);

    public bool TryGetSession(ulong id, [NotNullWhen(true)] out SessionEntry? entry) => _sessions.TryGetValue(id, out entry);

    public bool TryAddSession(SessionEntry entry) => _sessions.TryAdd(entry.Session.Id, entry);

    /// <summary>Opens no more packets of a session; its keys stay while a sender may still hold it.</summary>
    public void DetachSession(SessionEntry entry) => _sessions.TryRemove(KeyValuePair.Create(entry.Session.Id, entry));

    /// <summary>Forgets a session and wipes its keys.</summary>
    public void RemoveSession(SessionEntry entry)
    {
        DetachSession(entry);
        entry.Session.Dispose();
    }

    /// <summary>The peer, created when there is room for one more.</summary>
    public PeerLink? GetOrAdd(NodeId id, Func<NodeId, PeerLink> create)
    {
        if (_peers.TryGetValue(id, out PeerLink? peer))
            return peer;
        return _peers.Count >= maxPeers ? null : _peers.GetOrAdd(id, create);
    }

    public void Remove(PeerLink peer)
    {
        lock (_paths)
        {
            _peers.TryRemove(KeyValuePair.Create(peer.Id, peer));
            _byAddress.TryRemove(KeyValuePair.Create(peer.Path.Address, peer));
        }
    }

    /// <summary>Changes how a peer is reached.</summary>
    public void SetPath(PeerLink peer, PeerPath path)
    {
        // The thread that receives and the one that keeps house move paths: what is known by address must fit the path that stays.
        lock (_paths)
            SetPathUnderLock(peer, path);
    }

    private void SetPathUnderLock(PeerLink peer, PeerPath path)
    {
        PeerPath old = peer.Path;
        peer.Path = path;
        if (!old.IsRelayed && old.Address != path.Address)
            _byAddress.TryRemove(KeyValuePair.Create(old.Address, peer));
        if (!path.IsRelayed)
            _byAddress[path.Address] = peer;
        else if (!old.IsRelayed)
            _byAddress.TryRemove(KeyValuePair.Create(old.Address, peer));
    }

    /// <summary>The peer that is reached at an address directly, if any.</summary>
    public PeerLink? DirectAt(in DatagramAddress address) => _byAddress.TryGetValue(address, out PeerLink? peer) ? peer : null;
}
