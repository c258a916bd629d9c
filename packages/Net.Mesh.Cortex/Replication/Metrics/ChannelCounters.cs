namespace Net.Mesh.Cortex.Replication;

/// <summary>The figures of a channel. Thread-safe: channels past the limit share one.</summary>
internal sealed class ChannelCounters
{
    private const long Unset = -1;

    private long _leaderLag = Unset;
    private long _replicaLag = Unset;
    private long _syncBytes;
    private long _leaderChanges;
    private long _underCapacity;
    private long _skipAhead;
    private long _electionThrash;
    private long _announceDivergence;
    private long _divergences;
    private long _divergentEvents;
    private long _dropped;

    public void SetLeaderLag(TimeSpan lag) => Volatile.Write(ref _leaderLag, Math.Max(0, lag.Ticks));

    public void SetReplicaLag(TimeSpan lag) => Volatile.Write(ref _replicaLag, Math.Max(0, lag.Ticks));

    public void AddSyncBytes(long bytes) => Interlocked.Add(ref _syncBytes, bytes);

    public void CountLeaderChange() => Interlocked.Increment(ref _leaderChanges);

    public void CountUnderCapacity() => Interlocked.Increment(ref _underCapacity);

    public void CountSkipAhead() => Interlocked.Increment(ref _skipAhead);

    public void CountElection() => Interlocked.Increment(ref _electionThrash);

    public void CountAnnounceDivergence() => Interlocked.Increment(ref _announceDivergence);

    public void CountDropped() => Interlocked.Increment(ref _dropped);

    public void CountDivergence(ulong events)
    {
        Interlocked.Increment(ref _divergences);
        Interlocked.Add(ref _divergentEvents, (long)events);
    }

    public ReplicationChannelMetrics Read(string channel) => new(channel)
    {
        LeaderLag = LagOf(ref _leaderLag),
        ReplicaLag = LagOf(ref _replicaLag),
        SyncBytes = Interlocked.Read(ref _syncBytes),
        LeaderChanges = Interlocked.Read(ref _leaderChanges),
        UnderCapacity = Interlocked.Read(ref _underCapacity),
        SkipAhead = Interlocked.Read(ref _skipAhead),
        ElectionThrash = Interlocked.Read(ref _electionThrash),
        AnnounceDivergence = Interlocked.Read(ref _announceDivergence),
        Divergences = Interlocked.Read(ref _divergences),
        DivergentEvents = Interlocked.Read(ref _divergentEvents),
        DroppedMessages = Interlocked.Read(ref _dropped),
    };

    private static TimeSpan? LagOf(ref long ticks) => Volatile.Read(ref ticks) is var lag && lag == Unset ? null : new TimeSpan(lag);
}
