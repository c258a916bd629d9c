using System.Collections.Concurrent;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>
/// Moves routes away from a peer that failed, and back when it is heard again (spec 02 §11.3). Keyed by node id, so a peer that
/// comes back under another address gets its routes back (T20).
/// </summary>
internal sealed class Rerouter(NodeCore core, ProximityGraph graph)
{
    private readonly ConcurrentDictionary<NodeId, NodeId> _moved = new();

    public int Active => _moved.Count;

    public void OnFailed(PeerLink failed)
    {
        DatagramAddress dead = failed.Path.Address;
        bool changed = false;
        // A peer behind a relay that falls silent says nothing of the relay: what else goes through that one stays.
        // And its own packets have to go another way also when the table has moved on by itself.
        IEnumerable<NodeId> affected = failed.Path.IsRelayed ? [failed.Id] : core.Routes.DestinationsVia(dead).Union([failed.Id]);
        foreach (NodeId destination in affected)
        {
            if (!TryFindAlternate(destination, failed, dead, out DatagramAddress next))
                continue;
            _moved.TryAdd(destination, failed.Id);
            core.Routes.AddDirect(destination, next);
            if (destination == failed.Id)
                core.Peers.SetPath(failed, new PeerPath(next, IsRelayed: true));
            changed = true;
        }
        if (changed)
            Interlocked.Increment(ref core.Counters.Reroutes);
    }

    public void OnRecovered(PeerLink peer)
    {
        bool changed = false;
        foreach ((NodeId destination, NodeId failed) in _moved)
        {
            if (failed != peer.Id || !_moved.TryRemove(KeyValuePair.Create(destination, failed)))
                continue;
            core.Routes.AddDirect(destination, peer.Path.Address);
            changed = true;
        }
        if (changed)
            Interlocked.Increment(ref core.Counters.Recoveries);
    }

    /// <summary>A peer that is gone for good gets no routes back.</summary>
    public void Forget(NodeId peer)
    {
        foreach ((NodeId destination, NodeId failed) in _moved)
        {
            if (failed == peer)
                _moved.TryRemove(KeyValuePair.Create(destination, failed));
        }
    }

    private bool TryFindAlternate(NodeId destination, PeerLink failed, in DatagramAddress dead, out DatagramAddress next)
    {
        if (core.Routes.TryLookupAlternate(destination, dead, out next) && next != dead)
            return true;
        IReadOnlyList<NodeId> path = graph.ShortestPath(core.Identity.NodeId, destination);
        if (path.Count > 1 && path[1] != failed.Id && TryAddressOf(path[1], dead, out next))
            return true;
        foreach (PeerLink peer in core.Peers.All)
        {
            if (peer != failed && peer.Status == NodeStatus.Healthy && TryAddressOf(peer.Id, dead, out next))
                return true;
        }
        return false;
    }

    private bool TryAddressOf(NodeId id, in DatagramAddress dead, out DatagramAddress address)
    {
        address = default;
        if (!core.Peers.TryGet(id, out PeerLink? peer) || peer.Current is null || peer.Path.IsRelayed || peer.Path.Address == dead)
            return false;
        address = peer.Path.Address;
        return true;
    }
}
