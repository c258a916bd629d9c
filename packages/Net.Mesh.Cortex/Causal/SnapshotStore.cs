using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex;

/// <summary>
/// The newest snapshot of each entity. A snapshot is taken only when it reaches farther than every one before it, also after the
/// newest was removed: an entity is never set back (spec 06 §9). Any thread may use it.
/// </summary>
public sealed class SnapshotStore
{
    /// <summary>How many entities a store knows unless told otherwise.</summary>
    public const int DefaultCapacity = 65_536;

    private readonly Lock _lock = new();
    private readonly Dictionary<EntityId, Entry> _entries = [];
    private readonly int _capacity;

    /// <summary>An empty store.</summary>
    /// <param name="capacity">How many entities it may know, those whose snapshot was removed included.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public SnapshotStore(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>How many snapshots it holds.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Values.Count(entry => entry.Snapshot is not null);
        }
    }

    /// <summary>Keeps a snapshot, if it reaches farther than all before it.</summary>
    public SnapshotStoreOutcome Store(StateSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        lock (_lock)
        {
            if (_entries.TryGetValue(snapshot.Entity, out Entry known))
            {
                if (snapshot.ThroughSequence <= known.HighWater)
                    return SnapshotStoreOutcome.NotNewer;
            }
            else if (_entries.Count >= _capacity)
            {
                return SnapshotStoreOutcome.Full;
            }
            _entries[snapshot.Entity] = new Entry(snapshot, snapshot.ThroughSequence);
            return SnapshotStoreOutcome.Stored;
        }
    }

    /// <summary>The newest snapshot of an entity.</summary>
    public bool TryGet(EntityId entity, [NotNullWhen(true)] out StateSnapshot? snapshot)
    {
        lock (_lock)
            snapshot = _entries.TryGetValue(entity, out Entry entry) ? entry.Snapshot : null;
        return snapshot is not null;
    }

    /// <summary>Takes the snapshot of an entity out; how far it reached is remembered.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(EntityId entity)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(entity, out Entry entry) || entry.Snapshot is null)
                return false;
            _entries[entity] = entry with { Snapshot = null };
            return true;
        }
    }

    /// <summary>Takes the snapshot of an entity out with the memory of how far it reached: any snapshot is new again.</summary>
    /// <returns>Whether the entity was known.</returns>
    public bool Forget(EntityId entity)
    {
        lock (_lock)
            return _entries.Remove(entity);
    }

    private readonly record struct Entry(StateSnapshot? Snapshot, ulong HighWater);
}
