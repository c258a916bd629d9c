namespace Net.Mesh.Replication.Tests;

/// <summary>One core, its log, and the world around it, for tests that play the other members by hand.</summary>
internal sealed class CoreUnderTest
{
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<NodeId, ulong> _wall = [];

    public CoreUnderTest(ulong self = 2, ulong[]? members = null, ReplicationOptions? options = null, MemoryReplicaLog? log = null, string channel = "orders/audit")
    {
        Members = [.. (members ?? [1, 2, 3]).Select(static m => new NodeId(m))];
        Options = options ?? new() { Placement = PlacementStrategy.Pinned(Members) };
        Log = log ?? new();
        Name = channel;
        Parts = new(Name, new(self), Options, Log, Ports, Counters);
        Core = new(Parts, Tags, TimeSpan.Zero);
        Core.SetMembers(Members, TimeSpan.Zero);
    }

    public NodeId[] Members { get; }

    public ReplicationOptions Options { get; }

    public ChannelName Name { get; }

    public MemoryReplicaLog Log { get; }

    public ScriptedPorts Ports { get; } = new();

    public TagBoard Tags { get; } = new();

    public ChannelCounters Counters { get; } = new();

    public ReplicaParts Parts { get; }

    public ReplicaCore Core { get; }

    public TimeSpan Now { get; private set; }

    public ReplicationChannelMetrics Metrics => Counters.Read(Name.ToString());

    public void Tick(int count = 1)
    {
        for (int i = 0; i < count; i++)
        {
            Now += Beat;
            Core.OnTick(Now);
        }
    }

    public void Pass(TimeSpan time) => Now += time;

    public void Hear(ulong sender, ReplicaRole role, ulong tail, SyncStanding? standing = null)
    {
        _wall[new(sender)] = tail;
        Core.OnMessage(new(sender), SyncCodec.Encode(new SyncHeartbeat(Parts.Channel, tail, role, 0, standing)), Now);
    }

    /// <summary>Answers the last request from a leader's log, as a leader does.</summary>
    public bool AnswerLast(ulong leader, MemoryReplicaLog log)
    {
        if (!Ports.Requests.Any())
            return false;
        SyncRequest request = Ports.Requests.Last();
        Ports.Sent.Clear();
        ServedChunk served = ChunkServer.Serve(log, request, Math.Min(SyncCodec.PacketBudgetBytes, (long)request.ChunkMax), long.MaxValue);
        Deliver(leader, served.Response is { } response ? SyncCodec.Encode(response) : SyncCodec.Encode(served.Refusal!.Value));
        return true;
    }

    /// <summary>Follows a leader until nothing is asked for any more.</summary>
    public void FollowAll(ulong leader, MemoryReplicaLog log, SyncStanding? standing = null)
    {
        Hear(leader, ReplicaRole.Leader, log.NextSeq, standing);
        for (int i = 0; i < 10_000 && AnswerLast(leader, log); i++)
        {
        }
    }

    public void Deliver(ulong sender, byte[] message) => Core.OnMessage(new(sender), message, Now);

    public void LeadAlone()
    {
        Tick(3);
        Assert.Equal(ReplicaRole.Leader, Core.Role);
        Ports.Sent.Clear();
    }
}
