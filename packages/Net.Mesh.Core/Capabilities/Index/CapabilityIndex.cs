using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

/// <summary>
/// What is known of each node: its newest accepted announcement, for as long as that holds (spec 04 §9.2). Queries are local
/// and answer in ascending order of node ids. Any number of threads may use it; user code never runs under its lock.
/// </summary>
/// <remarks>
/// Every tag, key, model, tool and chain leads to the nodes that have it. A query walks the shortest list that can hold its
/// answer, so what it costs grows with the answer and not with the mesh.
/// </remarks>
public sealed partial class CapabilityIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NodeId, IndexEntry> _entries = [];
    private readonly PostingLists _lists = new();
    private readonly ExpiryQueue _expiries = new();
    private readonly KeptAnnouncements _originals;
    private readonly List<IndexSubscription> _subscriptions = [];
    private readonly NodeId _self;
    private readonly CapabilityIndexOptions _options;
    private readonly TimeProvider _time;
    private long _changes;
    private long _inserted;
    private long _replaced;
    private long _stale;
    private long _refused;
    private long _expired;
    private long _evicted;
    private long _queries;

    /// <summary>An empty index.</summary>
    /// <param name="self">The node that keeps it; there is always room for that one, and it is in its own subnet.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="time">The clock that entries live by.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of its range.</exception>
    public CapabilityIndex(NodeId self, CapabilityIndexOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _self = self;
        _options = options;
        _originals = new(options.MaxKeptBytes);
        _time = time;
    }

    /// <summary>How many nodes are known.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Counts every node that came, changed or went.</summary>
    public long ChangeCount => Volatile.Read(ref _changes);

    /// <summary>What it has done so far.</summary>
    public CapabilityIndexStatistics Statistics
    {
        get
        {
            lock (_lock)
                return new(_entries.Count, _inserted, _replaced, _stale, _refused, _expired, _evicted, _queries);
        }
    }

    /// <summary>
    /// Stores an announcement if it is newer than what is known of its node. It lives from now for as long as it says, whatever
    /// the clock of its node; version 0 counts as 1.
    /// </summary>
    /// <param name="announcement">As a receiver keeps it: <see cref="CapabilityAnnouncement.ToLocalCopy"/>.</param>
    public IndexOutcome Apply(CapabilityAnnouncement announcement) => Apply(announcement, null);

    /// <summary>Likewise, and keeps what came while there is room: for later peers, and to know its set again.</summary>
    internal IndexOutcome Apply(CapabilityAnnouncement announcement, CapabilityAnnouncement? original)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        _ = announcement.Capabilities.Views.Hardware; // read outside the lock
        var kept = KeptAnnouncement.Of(original, announcement);
        lock (_lock)
        {
            if (!_entries.TryGetValue(announcement.NodeId, out IndexEntry? entry))
                return Insert(announcement, kept);
            if (Math.Max(announcement.Version, 1) <= Math.Max(entry.Announcement.Version, 1))
            {
                _stale++;
                return IndexOutcome.Stale;
            }
            Replace(entry, announcement, kept);
            return IndexOutcome.Replaced;
        }
    }

    /// <summary>Takes out a node that has died. False when it was not known.</summary>
    public bool Evict(NodeId node)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(node, out IndexEntry? entry))
                return false;
            _evicted++;
            Remove(entry);
            return true;
        }
    }

    /// <summary>Takes out the nodes whose time is over; returns how many. To be called every 500 ms (T26).</summary>
    public int Sweep()
    {
        int expired = 0;
        lock (_lock)
        {
            for (long now = _time.GetTimestamp(); _expiries.TryTake(now, out IndexEntry? entry); expired++)
                Remove(entry);
            _expired += expired;
        }
        return expired;
    }

    /// <summary>What is known of a node.</summary>
    public bool TryGet(NodeId node, [NotNullWhen(true)] out CapabilityAnnouncement? announcement)
    {
        lock (_lock)
            announcement = _entries.TryGetValue(node, out IndexEntry? entry) ? entry.Announcement : null;
        return announcement is not null;
    }

    /// <summary>What came of a node, where it was kept.</summary>
    internal bool TryGetOriginal(NodeId node, [NotNullWhen(true)] out KeptAnnouncement? original)
    {
        lock (_lock)
            original = _entries.TryGetValue(node, out IndexEntry? entry) ? entry.Original : null;
        return original is not null;
    }

    /// <summary>What was kept of all nodes and still holds, ascending by node.</summary>
    internal IReadOnlyList<KeptAnnouncement> Originals()
    {
        lock (_lock)
        {
            var all = new List<KeptAnnouncement>();
            long now = _time.GetTimestamp();
            for (int run = 0; run < _lists.All.RunCount; run++)
            {
                foreach (IndexEntry entry in _lists.All.RunAt(run))
                {
                    if (entry.Original is { } original && entry.ExpiresAt > now)
                        all.Add(original);
                }
            }
            return all;
        }
    }

    /// <summary>What a node has; nothing when it is not known.</summary>
    public CapabilitySet CapabilitiesOf(NodeId node) => TryGet(node, out CapabilityAnnouncement? announcement) ? announcement.Capabilities : CapabilitySet.Empty;

    /// <summary>Everything that is known, ascending by node.</summary>
    public IReadOnlyList<CapabilityAnnouncement> Snapshot()
    {
        lock (_lock)
        {
            var all = new List<CapabilityAnnouncement>(_entries.Count);
            for (int run = 0; run < _lists.All.RunCount; run++)
            {
                foreach (IndexEntry entry in _lists.All.RunAt(run))
                    all.Add(entry.Announcement);
            }
            return all;
        }
    }

    /// <summary>How many different values the tags of a key have among all nodes; for planning queries.</summary>
    public int DistinctValues(TagKey key)
    {
        lock (_lock)
            return _lists.TryKey(key, out Posting? posting) ? posting.DistinctValues : 0;
    }

    private IndexOutcome Insert(CapabilityAnnouncement announcement, KeptAnnouncement? kept)
    {
        if (_entries.Count >= _options.MaxNodes && announcement.NodeId != _self)
        {
            _refused++;
            return IndexOutcome.Full;
        }
        var entry = new IndexEntry(announcement.NodeId, announcement);
        _entries.Add(entry.Node, entry);
        _lists.Add(entry);
        _originals.Keep(entry, kept);
        _inserted++;
        Live(entry);
        Changed(entry.Node);
        return IndexOutcome.Inserted;
    }

    private void Replace(IndexEntry entry, CapabilityAnnouncement announcement, KeptAnnouncement? kept)
    {
        // Most announcements say again what is known.
        bool isSame = entry.Set.Equals(announcement.Capabilities);
        if (!isSame)
            _lists.Update(entry, announcement.Capabilities);
        _originals.Keep(entry, kept);
        entry.Announcement = isSame && !ReferenceEquals(entry.Set, announcement.Capabilities) ? announcement with { Capabilities = entry.Set } : announcement;
        _replaced++;
        Live(entry);
        Changed(entry.Node);
    }

    private void Remove(IndexEntry entry)
    {
        _entries.Remove(entry.Node);
        _lists.Remove(entry);
        _originals.Keep(entry, null);
        entry.IsGone = true;
        Changed(entry.Node);
    }

    private void Live(IndexEntry entry)
    {
        double seconds = Math.Min(entry.Announcement.TtlSeconds, _options.MaxTtl.TotalSeconds);
        entry.ExpiresAt = _time.GetTimestamp() + (long)(seconds * _time.TimestampFrequency);
        _expiries.Schedule(entry, _entries.Count);
    }

    private void Changed(NodeId node)
    {
        Volatile.Write(ref _changes, _changes + 1);
        foreach (IndexSubscription subscription in _subscriptions)
            subscription.Note(node);
    }
}
