using System.Collections.Concurrent;

namespace Net.Mesh.Node;

/// <summary>
/// Tells from their heartbeats which nodes are alive (spec 02 §11.2). Nothing else counts as a sign of life, and no code of
/// the caller's runs in here: changes are handed out as a list. Every member may be called from any thread.
/// </summary>
public sealed class FailureDetector
{
    private readonly ConcurrentDictionary<NodeId, Tracked> _tracked = new(NodeIdHash.Instance);
    private readonly Lock _checking = new();
    private readonly TimeProvider _time;
    private readonly FailureDetectorOptions _options;
    private int _count;
    private long _lastCleanup;
    private long _failures;
    private long _recoveries;
    private long _refused;

    /// <summary>A detector that tracks nobody yet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public FailureDetector(TimeProvider time, FailureDetectorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _options = options ?? new();
        _options.Validate();
        _lastCleanup = time.GetTimestamp();
    }

    /// <summary>What has been counted.</summary>
    public FailureDetectorStatistics Statistics
    {
        get
        {
            Span<int> byStatus = stackalloc int[(int)NodeStatus.Failed + 1];
            foreach ((_, Tracked tracked) in _tracked)
                byStatus[(int)tracked.Status]++;
            return new(
                Volatile.Read(ref _count),
                byStatus[(int)NodeStatus.Healthy], byStatus[(int)NodeStatus.Suspected], byStatus[(int)NodeStatus.Failed],
                Interlocked.Read(ref _failures), Interlocked.Read(ref _recoveries), Interlocked.Read(ref _refused));
        }
    }

    /// <summary>Takes in an authentic heartbeat; the first one of a node makes it tracked.</summary>
    /// <returns>
    /// The status before. A caller that acts on a <see cref="NodeStatus.Failed"/> here need not wait for <see cref="Check"/>,
    /// which reports the change too.
    /// </returns>
    public NodeStatus Heartbeat(NodeId node)
    {
        long now = _time.GetTimestamp();
        while (true)
        {
            if (!_tracked.TryGetValue(node, out Tracked? tracked))
            {
                if (TryTrack(node, now))
                    return NodeStatus.Unknown;
                if (!_tracked.TryGetValue(node, out tracked))
                    return NodeStatus.Unknown;
            }
            lock (tracked)
            {
                // Forgotten between the look-up and the lock: the heartbeat belongs to a new record.
                if (tracked.IsForgotten)
                    continue;
                NodeStatus before = tracked.Status;
                tracked.LastHeartbeat = now;
                tracked.Status = NodeStatus.Healthy;
                if (before == NodeStatus.Failed)
                    Interlocked.Increment(ref _recoveries);
                return before;
            }
        }
    }

    /// <summary>What the last <see cref="Check"/> and the heartbeats since say about a node.</summary>
    public NodeStatus StatusOf(NodeId node) => _tracked.TryGetValue(node, out Tracked? tracked) ? tracked.Status : NodeStatus.Unknown;

    /// <summary>How long ago a node's last heartbeat was; null when it is not tracked.</summary>
    public TimeSpan? SinceHeartbeat(NodeId node) =>
        _tracked.TryGetValue(node, out Tracked? tracked) ? _time.GetElapsedTime(tracked.LastHeartbeat) : null;

    /// <summary>The nodes with a status, ascending.</summary>
    public IReadOnlyList<NodeId> NodesWith(NodeStatus status)
    {
        var nodes = new List<NodeId>();
        foreach ((NodeId node, Tracked tracked) in _tracked)
        {
            if (tracked.Status == status)
                nodes.Add(node);
        }
        nodes.Sort();
        return nodes;
    }

    /// <summary>Stops tracking a node; nothing is reported about it any more.</summary>
    public void Forget(NodeId node)
    {
        if (_tracked.TryGetValue(node, out Tracked? tracked))
            Remove(node, tracked);
    }

    /// <summary>
    /// Looks who has been silent for how long, and adds to the list, ascending by node, what changed since the last time: each
    /// change once, recoveries by heartbeats among them, and those failed nodes that are now forgotten as
    /// <see cref="NodeStatus.Unknown"/>.
    /// </summary>
    public void Check(ICollection<StatusChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var found = new List<StatusChange>();
        lock (_checking)
        {
            long now = _time.GetTimestamp();
            bool isCleanup = _time.GetElapsedTime(_lastCleanup, now) >= _options.CleanupInterval;
            if (isCleanup)
                _lastCleanup = now;
            foreach ((NodeId node, Tracked tracked) in _tracked)
                Examine(node, tracked, now, isCleanup, found);
        }
        found.Sort(static (left, right) => left.Node.CompareTo(right.Node));
        foreach (StatusChange change in found)
            changes.Add(change);
    }

    private void Examine(NodeId node, Tracked tracked, long now, bool isCleanup, List<StatusChange> found)
    {
        lock (tracked)
        {
            if (tracked.IsForgotten)
                return;
            tracked.Status = Judge(tracked, now);
            if (tracked.Status != tracked.Reported)
            {
                found.Add(new(node, tracked.Reported, tracked.Status));
                tracked.Reported = tracked.Status;
            }
            if (!isCleanup || !IsLongGone(tracked, now))
                return;
            Remove(node, tracked);
        }
        found.Add(new(node, NodeStatus.Failed, NodeStatus.Unknown));
    }

    private NodeStatus Judge(Tracked tracked, long now)
    {
        TimeSpan silence = _time.GetElapsedTime(tracked.LastHeartbeat, now);
        if (silence <= _options.Timeout)
            return tracked.Status;
        long missed = silence.Ticks / _options.Timeout.Ticks;
        if (missed >= _options.FailedAfter)
        {
            if (tracked.Status != NodeStatus.Failed)
            {
                tracked.FailedAt = now;
                Interlocked.Increment(ref _failures);
            }
            return NodeStatus.Failed;
        }
        return missed >= _options.SuspectedAfter ? NodeStatus.Suspected : tracked.Status;
    }

    private bool IsLongGone(Tracked tracked, long now)
    {
        TimeSpan retention = _options.EffectiveFailedRetention;
        return tracked.Status == NodeStatus.Failed
            && retention != Timeout.InfiniteTimeSpan
            && _time.GetElapsedTime(tracked.FailedAt, now) > retention;
    }

    private bool TryTrack(NodeId node, long now)
    {
        if (Interlocked.Increment(ref _count) <= _options.MaxTracked)
        {
            if (_tracked.TryAdd(node, new() { LastHeartbeat = now }))
                return true;
        }
        else
        {
            Interlocked.Increment(ref _refused);
        }
        Interlocked.Decrement(ref _count);
        return false;
    }

    private void Remove(NodeId node, Tracked tracked)
    {
        // Under one lock, so that a heartbeat that finds the record forgotten does not find it in the map again.
        lock (tracked)
        {
            tracked.IsForgotten = true;
            if (_tracked.TryRemove(new(node, tracked)))
                Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>What is known of one node; written under its own lock.</summary>
    private sealed class Tracked
    {
        private long _lastHeartbeat;
        private volatile NodeStatus _status = NodeStatus.Healthy;

        public long LastHeartbeat
        {
            get => Volatile.Read(ref _lastHeartbeat);
            set => Volatile.Write(ref _lastHeartbeat, value);
        }

        public NodeStatus Status
        {
            get => _status;
            set => _status = value;
        }

        public NodeStatus Reported { get; set; } = NodeStatus.Healthy;

        public long FailedAt { get; set; }

        public bool IsForgotten { get; set; }
    }
}
