namespace Net.Mesh.Cortex.Replication;

/// <summary>What a node knows of a member beside its heartbeats.</summary>
/// <param name="TakesLargeMessages">Whether messages longer than a packet reach it.</param>
/// <param name="MaxMessageBytes">The longest message that does.</param>
internal readonly record struct ReplicaPeerFacts(bool TakesLargeMessages, long MaxMessageBytes);

/// <summary>What a channel's replication does to the world around it. Called by the channel's owner only.</summary>
internal interface IReplicaPorts
{
    /// <summary>The clock that people read, in milliseconds of Unix time.</summary>
    ulong WallClockMs { get; }

    /// <summary>Sends a message, which may be lost; false when the member cannot be reached or has no room.</summary>
    bool TrySend(NodeId member, ReadOnlyMemory<byte> message);

    /// <summary>What is known of a member.</summary>
    ReplicaPeerFacts FactsOf(NodeId member);

    /// <summary>64 random bits; false when there are none to be had.</summary>
    bool TryNewRequestId(out ulong id);

    /// <summary>Is told before events give way to a leader's.</summary>
    void OnDiverged(ReplicaDivergence divergence);

    /// <summary>Is told why a leader refused.</summary>
    void OnRefused(NodeId leader, in SyncNack refusal);

    /// <summary>Is told what could not be applied.</summary>
    void OnNotApplied(NodeId leader, ApplyOutcome outcome, RedexException? failure);
}

/// <summary>What the parts of a channel's replication share.</summary>
internal sealed record ReplicaParts(
    ChannelName Name, NodeId Self, ReplicationOptions Options, IReplicaLog Log, IReplicaPorts Ports, ChannelCounters Counters)
{
    public ReplicationChannelId Channel { get; } = ReplicationChannelId.For(Name);

    /// <summary>A member that was not heard for so long is silent: three heartbeats.</summary>
    public TimeSpan Silence { get; } = Options.Heartbeat * 3;
}
