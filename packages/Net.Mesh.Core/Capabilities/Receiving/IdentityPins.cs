namespace Net.Mesh.Capabilities;

/// <summary>
/// Which key a session's peer is known by: the first signed announcement it sent of itself pins it (spec 04 §8), and nothing
/// but its death takes the pin off (§9.4). Also finds a node by its origin hash; of two that claim one the first keeps it.
/// Any number of threads may ask.
/// </summary>
public sealed class IdentityPins
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NodeId, EntityId> _pins = [];
    private readonly Dictionary<OriginHash, NodeId> _origins = [];
    private readonly int _capacity;

    /// <summary>Holds at most so many pins; past that a new peer is refused rather than an old one forgotten.</summary>
    public IdentityPins(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>How many peers are pinned.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pins.Count;
        }
    }

    /// <summary>Pins a peer to a key. False when it is pinned to another, or there is no room.</summary>
    public bool TryPin(NodeId peer, in EntityId entity)
    {
        lock (_lock)
        {
            if (_pins.TryGetValue(peer, out EntityId pinned))
                return pinned == entity;
            if (_pins.Count >= _capacity)
                return false;
            _pins.Add(peer, entity);
            _origins.TryAdd(Identity.OriginHashOf(entity), peer);
            return true;
        }
    }

    /// <summary>The key a peer is pinned to.</summary>
    public bool TryGet(NodeId peer, out EntityId entity)
    {
        lock (_lock)
            return _pins.TryGetValue(peer, out entity);
    }

    /// <summary>The peer with that origin hash.</summary>
    public bool TryFind(OriginHash origin, out NodeId peer)
    {
        lock (_lock)
            return _origins.TryGetValue(origin, out peer);
    }

    /// <summary>Forgets a peer that has died.</summary>
    public bool Remove(NodeId peer)
    {
        lock (_lock)
        {
            if (!_pins.Remove(peer, out EntityId entity))
                return false;
            OriginHash origin = Identity.OriginHashOf(entity);
            if (_origins.TryGetValue(origin, out NodeId holder) && holder == peer)
                _origins.Remove(origin);
            return true;
        }
    }
}
