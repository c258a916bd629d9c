namespace Net.Mesh.Cortex;

/// <summary>What a node is to a replicated channel. The numbers are those of the wire.</summary>
public enum ReplicaRole
{
    /// <summary>It serves the others.</summary>
    Leader = 0,

    /// <summary>It follows a leader.</summary>
    Replica = 1,

    /// <summary>It stands for election.</summary>
    Candidate = 2,

    /// <summary>It takes no part.</summary>
    Idle = 3,
}

/// <summary>Why a role changes (spec 06 §8.5).</summary>
public enum TransitionSignal
{
    /// <summary>The node was chosen to hold the channel.</summary>
    CapabilitySelected,

    /// <summary>The leader has been silent.</summary>
    MissedHeartbeats,

    /// <summary>The election chose this node.</summary>
    ElectionWon,

    /// <summary>The election chose another node, or none.</summary>
    ElectionLost,

    /// <summary>Another leader has the better claim.</summary>
    PeerLeaderObserved,

    /// <summary>The leader hands its role on.</summary>
    GracefulRelinquish,

    /// <summary>The leader has no room left.</summary>
    LeaderDiskPressureWithdraw,

    /// <summary>The replica has no room left.</summary>
    DiskPressureWithdraw,

    /// <summary>The candidate has no room left.</summary>
    CandidateDiskPressureWithdraw,

    /// <summary>The channel is closed.</summary>
    ChannelClose,
}

/// <summary>What became of a change of role.</summary>
public enum TransitionOutcome
{
    /// <summary>It was made, with all its effects.</summary>
    Changed,

    /// <summary>There was nothing to change: an idle node was told that the channel is closed.</summary>
    Unchanged,

    /// <summary>The roles may follow each other, but not for that reason. Nothing changed.</summary>
    SignalMismatch,

    /// <summary>The roles never follow each other. Nothing changed.</summary>
    InvalidPair,

    /// <summary>The role changed, but the chain tag could not be announced or withdrawn, and the observer was not told.</summary>
    TagSink,
}
