namespace Net.Mesh.Channels;

/// <summary>When a peer that is refused again and again has to wait (spec 03 §4.7).</summary>
public sealed record AuthFailureLimit
{
    /// <summary>This many refusals disable the limit: 65,535.</summary>
    public const int Unlimited = ushort.MaxValue;

    /// <summary>How many refusals within the window make a peer wait, 1 to 65,535. Default: 16; 65,535 means that no peer ever waits.</summary>
    public int MaxFailures { get; set; } = 16;

    /// <summary>How long refusals add up, from the first one on; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default: 60 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the peer has to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Default: 30 s.</summary>
    public TimeSpan Throttle { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// Counts the refusals of each peer, so that one that tries on and on costs no more signature checks. Any thread may call any
/// member.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="limit">When a peer has to wait.</param>
public sealed class AuthFailureLimiter(TimeProvider time, AuthFailureLimit limit)
{
    /// <summary>The most peers with refusals that are remembered: 65,536. Those whose window is over make room.</summary>
    public const int MaxPeers = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, Failures> _peers = [];
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private readonly AuthFailureLimit _limit = limit ?? throw new ArgumentNullException(nameof(limit));

    /// <summary>How many peers have refusals that still count.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _peers.Count;
        }
    }

    /// <summary>Whether a peer has to wait. When its wait is over, its refusals are forgotten.</summary>
    public bool IsThrottled(NodeId peer)
    {
        lock (_gate)
        {
            if (!_peers.TryGetValue(peer, out Failures failures) || !failures.IsThrottled)
                return false;
            if (!HasElapsed(failures.Since, _limit.Throttle))
                return true;
            _peers.Remove(peer);
            return false;
        }
    }

    /// <summary>Takes in that a peer was refused. The refusal that is one too many still gets its own reason; the next one waits.</summary>
    public void RecordFailure(NodeId peer)
    {
        if (_limit.MaxFailures >= AuthFailureLimit.Unlimited)
            return;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            if (!_peers.TryGetValue(peer, out Failures failures))
            {
                if (_peers.Count >= MaxPeers && !TryMakeRoom())
                    return;
                failures = new(0, now, false);
            }
            if (IsOver(failures))
                failures = new(0, now, false);
            if (failures.IsThrottled)
                return;
            int count = failures.Count + 1;
            _peers[peer] = count >= _limit.MaxFailures ? new(count, now, true) : failures with { Count = count };
        }
    }

    /// <summary>Takes in that a peer was accepted: its refusals are forgotten.</summary>
    public void RecordSuccess(NodeId peer) => Forget(peer);

    /// <summary>Forgets a peer that is gone (spec 03, T5).</summary>
    public void Forget(NodeId peer)
    {
        lock (_gate)
            _peers.Remove(peer);
    }

    private bool TryMakeRoom()
    {
        foreach ((NodeId peer, Failures failures) in _peers)
        {
            if (IsOver(failures))
                _peers.Remove(peer);
        }
        return _peers.Count < MaxPeers;
    }

    private bool IsOver(Failures failures) => HasElapsed(failures.Since, failures.IsThrottled ? _limit.Throttle : _limit.Window);

    // Compared as a span that has passed: adding a very long one to the time would overflow (spec 03, T16).
    private bool HasElapsed(long since, TimeSpan span) => span >= TimeSpan.Zero && _time.GetElapsedTime(since) >= span;

    private readonly record struct Failures(int Count, long Since, bool IsThrottled);
}
