namespace Net.Mesh.Replication.Tests;

/// <summary>A node of ours in the simulation.</summary>
internal sealed class OurMember : ISimMember, IReplicaPorts
{
    private readonly ReplicaCluster _cluster;
    private readonly Random _random;

    public OurMember(ReplicaCluster cluster, NodeId node, MemoryReplicaLog log, int seed)
    {
        _cluster = cluster;
        _random = new(seed);
        Node = node;
        Log = log;
        Core = new(new(cluster.Channel, node, cluster.Options, log, this, Counters), new TagBoard(), cluster.Now);
        Core.SetMembers(cluster.Members, cluster.Now);
    }

    public ReplicaCore Core { get; }

    public ChannelCounters Counters { get; } = new();

    public NodeId Node { get; }

    public MemoryReplicaLog Log { get; }

    public ReplicaRole Role => Core.Role;

    public NodeId? Leader => Core.Leader;

    public List<(ulong From, ulong End)> Diverged { get; } = [];

    /// <summary>The events that were reported before they gave way.</summary>
    public List<byte[]> GaveWay { get; } = [];

    public ulong WallClockMs => (ulong)_cluster.Now.TotalMilliseconds;

    public void OnTick(TimeSpan now) => Core.OnTick(now);

    public void OnMessage(NodeId sender, ReadOnlyMemory<byte> message, TimeSpan now) => Core.OnMessage(sender, message, now);

    public bool TrySend(NodeId member, ReadOnlyMemory<byte> message) => _cluster.Send(Node, member, message);

    public ReplicaPeerFacts FactsOf(NodeId member) => _cluster.IsOurs(member) ? new(true, 16 * 1024 * 1024) : new(false, 8104);

    public bool TryNewRequestId(out ulong id)
    {
        id = (ulong)_random.NextInt64();
        return true;
    }

    public void OnDiverged(ReplicaDivergence divergence)
    {
        Diverged.Add((divergence.From, divergence.End));
        GaveWay.AddRange(divergence.Events.Select(static e => e.Payload.ToArray()));
    }

    public void OnRefused(NodeId leader, in SyncNack refusal)
    {
    }

    public void OnNotApplied(NodeId leader, ApplyOutcome outcome, RedexException? failure)
    {
    }
}
