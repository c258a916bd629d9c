namespace Net.Mesh.Cortex;

/// <summary>What a change of role means to those who watch a node's holdings.</summary>
public enum ReplicaTransitionKind
{
    /// <summary>The node holds the channel now.</summary>
    BecameHolder,

    /// <summary>The node holds the channel no more.</summary>
    Idled,

    /// <summary>The node leads now.</summary>
    LeaderChanged,

    /// <summary>The node leads no more, and follows.</summary>
    LeaderLost,

    /// <summary>The node leads no more, and holds the channel no more.</summary>
    LeaderLostAndIdled,

    /// <summary>The node holds the channel now and leads at once. No signal does that today.</summary>
    BecameHolderAndLeader,
}

/// <summary>A change of role that somebody may care about.</summary>
/// <param name="Kind">What it means.</param>
/// <param name="Origin">The origin that the channel's tag is announced under.</param>
/// <param name="At">When, on a clock that only moves forward.</param>
public readonly record struct ReplicaTransition(ReplicaTransitionKind Kind, OriginHash Origin, TimeSpan At);

/// <summary>Is told of changes of role, after their other effects. Called by the channel's owner: must be quick and must not block.</summary>
public interface IReplicaTransitionObserver
{
    /// <summary>Takes a change.</summary>
    void OnTransition(in ReplicaTransition transition);
}
