namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// The role of a node in a channel, and what happens when it changes, in this order: the role, the counters, the chain tag, the
/// observer (spec 06 §8.5). A tag that fails leaves the role changed. For one owner at a time.
/// </summary>
internal sealed class RoleMachine(OriginHash origin, IChainTagSink tags, ChannelCounters counters)
{
    public ReplicaRole Role { get; private set; } = ReplicaRole.Idle;

    public IReplicaTransitionObserver? Observer { get; set; }

    public TransitionOutcome TransitionTo(ReplicaRole to, TransitionSignal signal, ulong tail, TimeSpan now)
    {
        ReplicaRole from = Role;
        TransitionOutcome outcome = RoleTable.Judge(from, to, signal);
        if (outcome != TransitionOutcome.Changed)
            return outcome;
        Role = to;
        if (to == ReplicaRole.Leader)
            counters.CountLeaderChange();
        if (signal == TransitionSignal.MissedHeartbeats)
            counters.CountElection();
        if (!Tag(from, to, tail))
            return TransitionOutcome.TagSink;
        if (KindOf(from, to) is { } kind)
            Observer?.OnTransition(new(kind, origin, now));
        return TransitionOutcome.Changed;
    }

    private bool Tag(ReplicaRole from, ReplicaRole to, ulong tail)
    {
        switch (from, to)
        {
            case (ReplicaRole.Idle, ReplicaRole.Replica):
            case (ReplicaRole.Candidate, ReplicaRole.Leader):
                return tags.TryAnnounce(origin, tail);
            case (_, ReplicaRole.Idle):
                if (tags.TryWithdraw(origin))
                    return true;
                counters.CountAnnounceDivergence();
                return false;
            default:
                return true;
        }
    }

    private static ReplicaTransitionKind? KindOf(ReplicaRole from, ReplicaRole to) => (from, to) switch
    {
        (ReplicaRole.Idle, ReplicaRole.Replica) => ReplicaTransitionKind.BecameHolder,
        (ReplicaRole.Idle, ReplicaRole.Leader) => ReplicaTransitionKind.BecameHolderAndLeader,
        (_, ReplicaRole.Leader) => ReplicaTransitionKind.LeaderChanged,
        (ReplicaRole.Leader, ReplicaRole.Replica) => ReplicaTransitionKind.LeaderLost,
        (ReplicaRole.Leader, ReplicaRole.Idle) => ReplicaTransitionKind.LeaderLostAndIdled,
        (_, ReplicaRole.Idle) => ReplicaTransitionKind.Idled,
        _ => null,
    };
}
