namespace Net.Mesh.Replication.Tests;

/// <summary>
/// Behaves as a node of 0.27.2 does by chapter 06 §8.5–§8.10: idle until it is told, elects itself as the nearest, compares tails and
/// ids only, asks for 262,144 bytes, sends what is asked for whatever fits a packet, and adds nothing to its heartbeats.
/// </summary>
internal sealed class ReferenceMember(ReplicaCluster cluster, NodeId node, MemoryReplicaLog log, int seed) : ISimMember
{
    private const uint ChunkMax = 262_144;

    private readonly ReplicationChannelId _channel = ReplicationChannelId.For(cluster.Channel);
    private readonly TimeSpan _silence = cluster.Options.Heartbeat * 3;
    private readonly Dictionary<NodeId, TimeSpan> _heard = [];
    private readonly LeaderTracker _tracker = new();
    private readonly RequestLedger _ledger = new();
    private readonly Random _random = new(seed);

    public NodeId Node => node;

    public MemoryReplicaLog Log => log;

    public ReplicaRole Role { get; private set; } = ReplicaRole.Idle;

    public NodeId? Leader => Role == ReplicaRole.Leader ? node : _tracker.Believed;

    /// <summary>What the operator does: nothing starts by itself.</summary>
    public void SetReplica() => Role = ReplicaRole.Replica;

    public void OnTick(TimeSpan now)
    {
        if (Role is ReplicaRole.Leader or ReplicaRole.Replica)
        {
            foreach (NodeId member in cluster.Members.Where(member => member != node))
                cluster.Send(node, member, SyncCodec.Encode(new SyncHeartbeat(_channel, log.NextSeq, Role, 0)));
        }
        if (Role != ReplicaRole.Replica || _tracker.Believed is not { } leader)
            return;
        if (!_heard.TryGetValue(leader, out TimeSpan at) || now - at >= _silence)
            Elect(now);
        else if (_tracker.Tail > log.NextSeq)
            Request(leader, now);
    }

    public void OnMessage(NodeId sender, ReadOnlyMemory<byte> message, TimeSpan now)
    {
        if (SyncCodec.Decode(message.Span, out SyncHeartbeat heartbeat).IsNone)
            OnHeartbeat(sender, heartbeat, now);
        else if (SyncCodec.Decode(message.Span, out SyncRequest request).IsNone)
            Serve(sender, request);
        else if (SyncCodec.Decode(message, out SyncResponse response).IsNone)
            Apply(sender, response, now);
        else if (SyncCodec.Decode(message.Span, out SyncNack nack).IsNone)
            OnNack(sender, nack, now);
    }

    private void OnHeartbeat(NodeId sender, in SyncHeartbeat heartbeat, TimeSpan now)
    {
        _heard[sender] = now;
        if (heartbeat.Role != ReplicaRole.Leader)
            return;
        var claim = new LeaderClaim(sender, heartbeat.TailSeq);
        _tracker.Hear(claim);
        if (Role == ReplicaRole.Leader && claim.Beats(new(node, log.NextSeq)))
            Role = ReplicaRole.Replica;
    }

    private void Elect(TimeSpan now)
    {
        NodeId? winner = ReplicationElection.Elect(cluster.Members, node, member => member == node || (_heard.TryGetValue(member, out TimeSpan at) && now - at < _silence), static _ => TimeSpan.FromMilliseconds(1));
        Role = winner == node ? ReplicaRole.Leader : ReplicaRole.Replica;
        _tracker.Forget();
        _ledger.Clear();
    }

    private void Request(NodeId leader, TimeSpan now)
    {
        ulong id = (ulong)_random.NextInt64();
        _ledger.Add(leader, id, log.NextSeq, now);
        cluster.Send(node, leader, SyncCodec.Encode(new SyncRequest(_channel, log.NextSeq, ChunkMax, id, BandwidthClass.Foreground)));
    }

    private void Serve(NodeId sender, in SyncRequest request)
    {
        if (Role == ReplicaRole.Idle)
            return;
        ServedChunk served = Role == ReplicaRole.Leader
            ? ChunkServer.Serve(log, request, ChunkServer.MaxBudgetBytes, ChunkServer.MaxBudgetBytes)
            : new(null, new SyncNack(_channel, request.SinceSeq, SyncNackCode.NotLeader, 0, request.RequestId, ""), 0);
        cluster.Send(node, sender, served.Response is { } response ? SyncCodec.Encode(response) : SyncCodec.Encode(served.Refusal!.Value));
    }

    private void Apply(NodeId sender, in SyncResponse response, TimeSpan now)
    {
        if (!_ledger.TryConsume(sender, response.RequestId, now, out _) || _tracker.Believed != sender || Role != ReplicaRole.Replica)
            return;
        if (ChunkApplier.Apply(log, response, out _) != ApplyOutcome.GapBeforeChunk)
            return;
        log.SkipTo(response.FirstSeq);
        ChunkApplier.Apply(log, response, out _);
    }

    private void OnNack(NodeId sender, in SyncNack nack, TimeSpan now)
    {
        if (_tracker.Believed != sender || !_ledger.TryConsume(sender, nack.RequestId, now, out ulong since))
            return;
        if (nack.Code == SyncNackCode.NotLeader)
            _tracker.Forget();
        else if (nack.Code == SyncNackCode.BadRange)
            log.SkipTo(nack.LeaderFirstRetained == 0 ? since + 1 : nack.LeaderFirstRetained);
    }
}
