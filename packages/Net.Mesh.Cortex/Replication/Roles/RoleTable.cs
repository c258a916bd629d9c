namespace Net.Mesh.Cortex.Replication;

/// <summary>Which role follows which, and on which signal.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>from → to</term><description>signal</description></listheader>
/// <item><term>Idle → Replica</term><description>CapabilitySelected</description></item>
/// <item><term>Replica → Candidate</term><description>MissedHeartbeats</description></item>
/// <item><term>Candidate → Leader</term><description>ElectionWon</description></item>
/// <item><term>Candidate → Replica</term><description>ElectionLost</description></item>
/// <item><term>Leader → Replica</term><description>PeerLeaderObserved</description></item>
/// <item><term>Leader → Idle</term><description>GracefulRelinquish, LeaderDiskPressureWithdraw</description></item>
/// <item><term>Replica → Idle</term><description>DiskPressureWithdraw</description></item>
/// <item><term>Candidate → Idle</term><description>CandidateDiskPressureWithdraw</description></item>
/// <item><term>any → Idle</term><description>ChannelClose; from Idle it is no change</description></item>
/// </list>
/// </remarks>
internal static class RoleTable
{
    public static TransitionOutcome Judge(ReplicaRole from, ReplicaRole to, TransitionSignal signal)
    {
        if (to == ReplicaRole.Idle && signal == TransitionSignal.ChannelClose)
            return from == ReplicaRole.Idle ? TransitionOutcome.Unchanged : TransitionOutcome.Changed;
        bool isRight = (from, to, signal) switch
        {
            (ReplicaRole.Idle, ReplicaRole.Replica, TransitionSignal.CapabilitySelected) => true,
            (ReplicaRole.Replica, ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats) => true,
            (ReplicaRole.Candidate, ReplicaRole.Leader, TransitionSignal.ElectionWon) => true,
            (ReplicaRole.Candidate, ReplicaRole.Replica, TransitionSignal.ElectionLost) => true,
            (ReplicaRole.Leader, ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved) => true,
            (ReplicaRole.Leader, ReplicaRole.Idle, TransitionSignal.GracefulRelinquish or TransitionSignal.LeaderDiskPressureWithdraw) => true,
            (ReplicaRole.Replica, ReplicaRole.Idle, TransitionSignal.DiskPressureWithdraw) => true,
            (ReplicaRole.Candidate, ReplicaRole.Idle, TransitionSignal.CandidateDiskPressureWithdraw) => true,
            _ => false,
        };
        if (isRight)
            return TransitionOutcome.Changed;
        return IsPair(from, to) ? TransitionOutcome.SignalMismatch : TransitionOutcome.InvalidPair;
    }

    /// <summary>The signal with which a role gives way to a full disk.</summary>
    public static TransitionSignal DiskPressureFrom(ReplicaRole role) => role switch
    {
        ReplicaRole.Leader => TransitionSignal.LeaderDiskPressureWithdraw,
        ReplicaRole.Candidate => TransitionSignal.CandidateDiskPressureWithdraw,
        _ => TransitionSignal.DiskPressureWithdraw,
    };

    private static bool IsPair(ReplicaRole from, ReplicaRole to) => (from, to) switch
    {
        (_, ReplicaRole.Idle) => true,
        (ReplicaRole.Idle, ReplicaRole.Replica) => true,
        (ReplicaRole.Replica, ReplicaRole.Candidate) => true,
        (ReplicaRole.Candidate, ReplicaRole.Leader or ReplicaRole.Replica) => true,
        (ReplicaRole.Leader, ReplicaRole.Replica) => true,
        _ => false,
    };
}
