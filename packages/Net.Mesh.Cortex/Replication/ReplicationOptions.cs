namespace Net.Mesh.Cortex;

/// <summary>
/// How a channel is replicated. Every member opens it with the same options. Two are equal when every value is; reopening a
/// channel takes equal ones.
/// </summary>
public sealed record ReplicationOptions
{
    /// <summary>The shortest response that <see cref="MaxResponseBytes"/> allows: one packet.</summary>
    public const int MinResponseBytes = 8192;

    private static readonly TimeSpan MinHeartbeat = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan MaxHeartbeat = TimeSpan.FromMinutes(5);

    /// <summary>How many nodes hold the channel, from 1 to 16. Pinned members count instead. Default: 3.</summary>
    public int Factor { get; init; } = 3;

    /// <summary>Which nodes hold the channel. Default: <see cref="PlacementStrategy.Standard"/>.</summary>
    public PlacementStrategy Placement { get; init; } = PlacementStrategy.Standard;

    /// <summary>How often members say how far they are, from 100 ms to 5 minutes. A leader silent for three of them is replaced. Default: 500 ms.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The node that leads whenever it is healthy and has caught up; null for whoever is elected. Among the pinned members, if there are any. Default: null.</summary>
    public NodeId? PinnedLeader { get; init; }

    /// <summary>What a replica does that cannot take more. Default: <see cref="UnderCapacityPolicy.Withdraw"/>.</summary>
    public UnderCapacityPolicy OnUnderCapacity { get; init; } = UnderCapacityPolicy.Withdraw;

    /// <summary>The part of the network's peak that a leader spends on this channel's replicas: above 0, at most 1. Default: 0.5.</summary>
    public double BudgetFraction { get; init; } = 0.5;

    /// <summary>How urgent this node's requests are. Default: <see cref="BandwidthClass.Foreground"/>.</summary>
    public BandwidthClass DefaultBandwidthClass { get; init; } = BandwidthClass.Foreground;

    /// <summary>The part of the budget that background requests may use: at least 0, below 1. Default: 0.3.</summary>
    public double BackgroundFraction { get; init; } = 0.3;

    /// <summary>How many bytes of events travel at once between nodes of Net.Mesh, from 8192; one event always does. Default: 1 MiB.</summary>
    public int MaxResponseBytes { get; init; } = 1024 * 1024;

    /// <summary>Whether the node takes part by itself when it is a member. Otherwise it is idle until it is told, as nodes of Net 0.27 are. Default: true.</summary>
    public bool StartsByItself { get; init; } = true;

    /// <summary>
    /// Whether the application may append while this node follows another. Such events contradict the leader's, and one side gives way; see
    /// <see cref="ReplicaDivergence"/>. Otherwise an append is refused with <see cref="RedexErrorKind.NotLeader"/>, which names the leader. While
    /// no leader is known, and while the node is idle, it may append in either case. Default: false.
    /// </summary>
    public bool AllowsLocalAppends { get; init; }

    /// <summary>How many nodes hold the channel: the pinned ones, or <see cref="Factor"/>.</summary>
    public int EffectiveFactor => Placement is PlacementStrategy.PinnedPlacement pinned ? pinned.Members.Length : Factor;

    /// <summary>The first problem with the options; null when they are right.</summary>
    public ReplicationOptionsError? Validate()
    {
        if (Factor < 1)
            return ReplicationOptionsError.FactorBelowMin;
        if (Factor > PlacementStrategy.MaxMembers)
            return ReplicationOptionsError.FactorAboveMax;
        if (Heartbeat < MinHeartbeat)
            return ReplicationOptionsError.HeartbeatTooLow;
        if (Heartbeat > MaxHeartbeat)
            return ReplicationOptionsError.HeartbeatTooHigh;
        if (!(BudgetFraction is > 0 and <= 1))
            return ReplicationOptionsError.BudgetFractionOutOfRange;
        if (!(BackgroundFraction is >= 0 and < 1))
            return ReplicationOptionsError.BackgroundFractionOutOfRange;
        if (Placement is PlacementStrategy.PinnedPlacement { Members: var members })
        {
            if (members.IsEmpty)
                return ReplicationOptionsError.PinnedSetEmpty;
            if (members.Length > PlacementStrategy.MaxMembers)
                return ReplicationOptionsError.PinnedSetTooLarge;
            if (members.Distinct().Count() != members.Length)
                return ReplicationOptionsError.PinnedDuplicate;
            if (PinnedLeader is { } leader && !members.Contains(leader))
                return ReplicationOptionsError.LeaderPinnedOutsidePinnedSet;
        }
        return MaxResponseBytes < MinResponseBytes ? ReplicationOptionsError.MaxResponseBytesTooLow : null;
    }
}
