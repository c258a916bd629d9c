namespace Net.Mesh.Node;

/// <summary>
/// Says what to do about traffic for nodes that failed (spec 02 §12, "recovery manager"). It plans and does nothing itself.
/// Every member may be called from any thread.
/// </summary>
public sealed class RecoveryPlanner
{
    private const int MaxDoublings = 6;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<NodeId, Failure> _failures = new(NodeIdHash.Instance);
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly int _capacity;
    private RecoveryStatistics _statistics;
    private TimeSpan _totalRecovery;
    private long _recoveries;

    /// <summary>A planner that knows of no failure.</summary>
    /// <param name="time">The clock for how long a node was gone.</param>
    /// <param name="capacity">The most failed nodes that are remembered; further ones are planned for as unknown.</param>
    public RecoveryPlanner(TimeProvider time, int capacity = 65_536)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _time = time;
        _capacity = capacity;
    }

    /// <summary>How many nodes are failed.</summary>
    public int FailedCount
    {
        get
        {
            lock (_gate)
                return _failures.Count;
        }
    }

    /// <summary>What has been counted.</summary>
    public RecoveryStatistics Statistics
    {
        get
        {
            lock (_gate)
                return _statistics with { AverageRecovery = _recoveries == 0 ? TimeSpan.Zero : _totalRecovery / _recoveries };
        }
    }

    /// <summary>
    /// Takes in that a node failed. One that had failed before keeps its time and its retries, and its alternates too when none
    /// are given.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="alternates">Nodes that lead around it, best first.</param>
    /// <returns>Reroute through the first alternate, or queue.</returns>
    public RecoveryAction OnFailure(NodeId node, params ReadOnlySpan<NodeId> alternates)
    {
        lock (_gate)
        {
            bool isKnown = _failures.TryGetValue(node, out Failure failure);
            if (!isKnown)
                failure = new(_time.GetTimestamp(), Retries: 0, HasAlternate: false, Alternate: default);
            if (!alternates.IsEmpty)
                failure = failure with { HasAlternate = true, Alternate = alternates[0] };
            if (isKnown || _failures.Count < _capacity)
                _failures[node] = failure;
            return alternates.IsEmpty ? Counted(RecoveryAction.Queue) : Counted(RecoveryAction.RerouteVia(alternates[0]));
        }
    }

    /// <summary>What to do now about traffic for a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="maxRetries">After how many retries it is dropped.</param>
    public RecoveryAction GetAction(NodeId node, int maxRetries)
    {
        lock (_gate)
        {
            if (!_failures.TryGetValue(node, out Failure failure))
                return Counted(RecoveryAction.RetryAfter(FirstDelay));
            if (failure.HasAlternate)
                return Counted(RecoveryAction.RerouteVia(failure.Alternate));
            int retry = failure.Retries == int.MaxValue ? failure.Retries : failure.Retries + 1;
            _failures[node] = failure with { Retries = retry };
            return Counted(retry <= maxRetries ? RecoveryAction.RetryAfter(DelayOf(retry)) : RecoveryAction.RetriesExceeded);
        }
    }

    /// <summary>Takes in that a node is back; false when it was not known to be gone.</summary>
    public bool OnRecovery(NodeId node)
    {
        lock (_gate)
        {
            if (!_failures.Remove(node, out Failure failure))
                return false;
            _totalRecovery += _time.GetElapsedTime(failure.FirstAt);
            _recoveries++;
            return true;
        }
    }

    /// <summary>Whether a node is known to be gone.</summary>
    public bool IsFailed(NodeId node)
    {
        lock (_gate)
            return _failures.ContainsKey(node);
    }

    private static TimeSpan DelayOf(int retry) => FirstDelay * (1 << Math.Min(retry, MaxDoublings));

    private RecoveryAction Counted(RecoveryAction action)
    {
        _statistics = action.Kind switch
        {
            RecoveryActionKind.Reroute => _statistics with { Reroutes = _statistics.Reroutes + 1 },
            RecoveryActionKind.Retry => _statistics with { Retries = _statistics.Retries + 1 },
            RecoveryActionKind.Drop => _statistics with { Dropped = _statistics.Dropped + 1 },
            _ => _statistics with { Queued = _statistics.Queued + 1 },
        };
        return action;
    }

    private readonly record struct Failure(long FirstAt, int Retries, bool HasAlternate, NodeId Alternate);
}
