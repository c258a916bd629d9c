using System.Collections.Concurrent;

namespace Net.Mesh.Identities;

/// <summary>
/// Which entity each peer is, learnt from its first announcement that is signed and came without a relay (spec 03, T18). Any
/// thread may call any member; looking up takes no lock. The owner forgets peers that are gone.
/// </summary>
public sealed class PeerPins
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<NodeId, EntityId> _entities = [];
    private readonly ConcurrentDictionary<OriginHash, NodeId> _nodes = [];

    /// <summary>The entity of a peer; null while it is unknown.</summary>
    public EntityId? EntityOf(NodeId peer) => _entities.TryGetValue(peer, out EntityId entity) ? entity : null;

    /// <summary>The node of an origin hash; the first that had it.</summary>
    public NodeId? NodeOf(OriginHash origin) => _nodes.TryGetValue(origin, out NodeId node) ? node : null;

    /// <summary>The peers that are known.</summary>
    public IReadOnlyCollection<NodeId> Peers => [.. _entities.Keys];

    /// <summary>Pins a peer whose identity was proven, as a secure handshake does; false when it is known as another entity.</summary>
    public bool TryPin(NodeId peer, in EntityId entity)
    {
        lock (_gate)
        {
            if (!_entities.TryAdd(peer, entity))
                return _entities[peer] == entity;
            _nodes.TryAdd(Identity.OriginHashOf(entity), peer);
            return true;
        }
    }

    /// <summary>Forgets a peer that is gone.</summary>
    public void Forget(NodeId peer)
    {
        lock (_gate)
        {
            if (!_entities.TryRemove(peer, out EntityId entity))
                return;
            OriginHash origin = Identity.OriginHashOf(entity);
            if (_nodes.TryGetValue(origin, out NodeId node) && node == peer)
                _nodes.TryRemove(origin, out _);
        }
    }
}
