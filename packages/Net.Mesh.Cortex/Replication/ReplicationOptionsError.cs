namespace Net.Mesh.Cortex;

/// <summary>What is wrong with options, in the order of the checks (spec 06 §8.1).</summary>
public enum ReplicationOptionsError
{
    /// <summary>The factor is below 1.</summary>
    FactorBelowMin,

    /// <summary>The factor is above 16.</summary>
    FactorAboveMax,

    /// <summary>The heartbeat is below 100 ms.</summary>
    HeartbeatTooLow,

    /// <summary>The heartbeat is above 5 minutes.</summary>
    HeartbeatTooHigh,

    /// <summary>The budget's fraction is not above 0 and at most 1.</summary>
    BudgetFractionOutOfRange,

    /// <summary>The background's fraction is not at least 0 and below 1.</summary>
    BackgroundFractionOutOfRange,

    /// <summary>No member is pinned.</summary>
    PinnedSetEmpty,

    /// <summary>More than 16 members are pinned.</summary>
    PinnedSetTooLarge,

    /// <summary>A member is pinned twice.</summary>
    PinnedDuplicate,

    /// <summary>The pinned leader is not among the pinned members.</summary>
    LeaderPinnedOutsidePinnedSet,

    /// <summary>The longest response between nodes of Net.Mesh is below one packet.</summary>
    MaxResponseBytesTooLow,
}
