using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex;

/// <summary>Replication in figures, by channel in the ordinal order of the names (spec 06 §8.12).</summary>
/// <param name="Channels">Each replicated channel; <c>__overflow__</c> stands for all past 1,024.</param>
public sealed record ReplicationMetricsSnapshot(IReadOnlyList<ReplicationChannelMetrics> Channels)
{
    /// <summary>All channels together; of the lags, the longest.</summary>
    public ReplicationChannelMetrics Totals => Channels.Aggregate(new ReplicationChannelMetrics(""), static (sum, channel) => sum.Plus(channel));

    /// <summary>The figures of a channel; null when it has none of its own.</summary>
    public ReplicationChannelMetrics? Channel(string name) => Channels.FirstOrDefault(channel => string.Equals(channel.Channel, name, StringComparison.Ordinal));

    /// <summary>The figures as Prometheus reads them: <c>text/plain; version=0.0.4</c>.</summary>
    public string PrometheusText() => ReplicationPrometheusText.Write(this);
}

/// <summary>A replicated channel in figures.</summary>
/// <param name="Channel">The channel's name.</param>
public sealed record ReplicationChannelMetrics(string Channel)
{
    /// <summary>As leader: how long ago the member was heard that was heard longest ago. Null before the first.</summary>
    public TimeSpan? LeaderLag { get; init; }

    /// <summary>As replica: how long ago the leader was heard. Null before the first.</summary>
    public TimeSpan? ReplicaLag { get; init; }

    /// <summary>Bytes that were sent to replicas. That they arrived is not said.</summary>
    public long SyncBytes { get; init; }

    /// <summary>How often this node became the leader.</summary>
    public long LeaderChanges { get; init; }

    /// <summary>How often the log could not take what the leader sent.</summary>
    public long UnderCapacity { get; init; }

    /// <summary>How often this node left out events that the leader does not have any more.</summary>
    public long SkipAhead { get; init; }

    /// <summary>How often this node stood for election.</summary>
    public long ElectionThrash { get; init; }

    /// <summary>Always 0; a figure of Net 0.27.</summary>
    public long WitnessWithdrawals { get; init; }

    /// <summary>How often a chain tag could not be withdrawn.</summary>
    public long AnnounceDivergence { get; init; }

    /// <summary>How often this node's log had to give way to the leader's, because both had gone on apart.</summary>
    public long Divergences { get; init; }

    /// <summary>How many events gave way.</summary>
    public long DivergentEvents { get; init; }

    /// <summary>Messages that were dropped: malformed, not from a member, or not asked for.</summary>
    public long DroppedMessages { get; init; }

    internal ReplicationChannelMetrics Plus(ReplicationChannelMetrics other) => this with
    {
        LeaderLag = Longest(LeaderLag, other.LeaderLag),
        ReplicaLag = Longest(ReplicaLag, other.ReplicaLag),
        SyncBytes = SyncBytes + other.SyncBytes,
        LeaderChanges = LeaderChanges + other.LeaderChanges,
        UnderCapacity = UnderCapacity + other.UnderCapacity,
        SkipAhead = SkipAhead + other.SkipAhead,
        ElectionThrash = ElectionThrash + other.ElectionThrash,
        AnnounceDivergence = AnnounceDivergence + other.AnnounceDivergence,
        Divergences = Divergences + other.Divergences,
        DivergentEvents = DivergentEvents + other.DivergentEvents,
        DroppedMessages = DroppedMessages + other.DroppedMessages,
    };

    private static TimeSpan? Longest(TimeSpan? left, TimeSpan? right) => left is null || right > left ? right : left;
}

/// <summary>Where a node stands in a replicated channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Role">Its role.</param>
/// <param name="TailSeq">The next sequence of its log.</param>
/// <param name="Leader">The leader it follows, or itself; null when it knows of none.</param>
/// <param name="ReplicatedSeq">
/// The end of what a majority of the members holds and knows to, as seen when this node last led. An event below it outlives one fault
/// at a time between nodes of Net.Mesh: the death of the leader, a restart, or a partition. One above outlives the leader when a member
/// has it that takes part in the election. What is lost all the same was reported as a <see cref="ReplicaDivergence"/>.
/// </param>
public sealed record ReplicationChannelStatus(string Channel, ReplicaRole Role, ulong TailSeq, NodeId? Leader, ulong ReplicatedSeq);
