namespace Net.Mesh.Replication.Tests;

/// <summary>How a replica catches up, and what it does where the logs differ.</summary>
public sealed class FollowingTests
{
    private static SyncStanding Leading(ulong self, ulong replicated = 0) => new(new(self), false, false, replicated);

    [Fact]
    [Trait("spec", "06 T15")]
    public void A_replica_asks_a_node_of_0_27_2_for_one_packet_and_catches_up_without_waiting_for_heartbeats()
    {
        var leader = new MemoryReplicaLog();
        leader.AppendMany(500, 200);
        var core = new CoreUnderTest();
        core.Hear(1, ReplicaRole.Leader, leader.NextSeq);
        Assert.Equal(8041u, core.Ports.Requests.Single().ChunkMax);
        core.FollowAll(1, leader);
        Assert.Equal(500ul, core.Log.NextSeq);
        Assert.True(ReplicaCluster.SameContent(leader, core.Log));
        Assert.Equal(TimeSpan.Zero, core.Now);
    }

    [Fact]
    public void A_replica_asks_a_node_of_ours_for_more_and_a_leader_of_ours_sends_events_of_any_size()
    {
        var leader = new CoreUnderTest(self: 1);
        leader.LeadAlone();
        leader.Log.AppendMany(1, 3_000_000);
        leader.Log.AppendMany(10, 200_000);
        leader.Ports.Large.Add(new(2));
        var core = new CoreUnderTest();
        core.Ports.Large.Add(new(1));
        core.Hear(1, ReplicaRole.Leader, 11, Leading(1));
        while (core.Ports.Requests.LastOrDefault() is { ChunkMax: 1024 * 1024 } request)
        {
            core.Ports.Sent.Clear();
            leader.Ports.Sent.Clear();
            leader.Deliver(2, SyncCodec.Encode(request));
            core.Deliver(1, leader.Ports.Sent.Single().Message.ToArray());
        }
        Assert.True(ReplicaCluster.SameContent(leader.Log, core.Log));
        Assert.Equal(11ul, core.Log.NextSeq);
    }

    [Fact]
    [Trait("spec", "06 T18")]
    public void Equal_tails_with_different_events_are_found_and_what_gives_way_is_reported()
    {
        foreach ((int shared, int apart) in new[] { (0, 1), (10, 1), (10, 5), (500, 1), (500, 300), (0, 1000), (1000, 2) })
        {
            (MemoryReplicaLog leader, MemoryReplicaLog own) = Apart(shared, apart);
            ReadOnlyMemory<byte>[] before = [.. own.Events];
            var core = new CoreUnderTest(log: own);
            core.FollowAll(1, leader);
            Assert.True(ReplicaCluster.SameContent(leader, core.Log));
            (ReplicaDivergence divergence, DivergentEvent[] events) = Assert.Single(core.Ports.Diverged);
            Assert.Equal(((ulong)shared, (ulong)(shared + apart), new NodeId(1)), (divergence.From, divergence.End, divergence.Leader));
            Assert.Equal(before.Skip(shared).Select(static e => Convert.ToHexString(e.Span)), events.Select(static e => Convert.ToHexString(e.Payload.Span)));
            Assert.Equal((1, apart), (core.Metrics.Divergences, core.Metrics.DivergentEvents));
            Assert.Equal(0, core.Metrics.SkipAhead);
        }
    }

    [Fact]
    [Trait("spec", "06 T18")]
    public void A_longer_log_that_differs_gives_way_and_one_that_goes_on_takes_the_lead()
    {
        (MemoryReplicaLog leader, MemoryReplicaLog own) = Apart(10, 5);
        own.AppendMany(20);
        var differs = new CoreUnderTest(log: own);
        differs.FollowAll(1, leader);
        Assert.True(ReplicaCluster.SameContent(leader, differs.Log));
        Assert.Equal((10ul, 35ul), (differs.Ports.Diverged.Single().Divergence.From, differs.Ports.Diverged.Single().Divergence.End));

        (leader, own) = Apart(10, 0);
        own.AppendMany(3);
        var goesOn = new CoreUnderTest(log: own);
        goesOn.FollowAll(1, leader);
        goesOn.Hear(1, ReplicaRole.Leader, 10);
        Assert.Equal(ReplicaRole.Leader, goesOn.Core.Role);
        Assert.Empty(goesOn.Ports.Diverged);
        Assert.Equal(13ul, goesOn.Log.NextSeq);
    }

    [Fact]
    [Trait("spec", "06 T18")]
    public void A_leader_that_lost_and_regained_its_role_unnoticed_is_compared_anew()
    {
        (MemoryReplicaLog other, MemoryReplicaLog leader) = Apart(10, 5);
        var core = new CoreUnderTest();
        core.FollowAll(1, leader, Leading(1) with { Term = 7 });
        core.FollowAll(1, other, Leading(1) with { Term = 8 });
        Assert.True(ReplicaCluster.SameContent(other, core.Log));
        Assert.Equal(10ul, Assert.Single(core.Ports.Diverged).Divergence.From);
    }

    [Fact]
    [Trait("spec", "06 T18")]
    public void A_log_that_went_on_where_the_leaders_ended_is_compared_anew_when_the_leader_goes_on_as_well()
    {
        foreach (int shared in new[] { 0, 10 })
        {
            (MemoryReplicaLog leader, MemoryReplicaLog own) = Apart(shared, 0);
            var core = new CoreUnderTest(log: own);
            core.FollowAll(1, leader);
            own.AppendMany(3, salt: 1); // the application appended here
            leader.AppendMany(5, salt: 2);
            core.FollowAll(1, leader);
            Assert.True(ReplicaCluster.SameContent(leader, core.Log));
            Assert.Equal(((ulong)shared, (ulong)shared + 3), (core.Ports.Diverged.Single().Divergence.From, core.Ports.Diverged.Single().Divergence.End));
        }
    }

    [Fact]
    public void What_a_majority_holds_does_not_give_way_to_a_leader_that_has_less_of_it()
    {
        (MemoryReplicaLog other, MemoryReplicaLog own) = Apart(10, 5);
        other.AppendMany(100);
        MemoryReplicaLog good = new();
        foreach (ReadOnlyMemory<byte> e in own.Events)
            good.Append(e);
        var core = new CoreUnderTest(log: own);
        core.FollowAll(3, good, Leading(3, replicated: 15));
        core.Hear(3, ReplicaRole.Leader, 15, Leading(3, replicated: 15));
        Assert.Equal(15ul, core.Core.Replicated);
        core.Hear(3, ReplicaRole.Replica, 15, Leading(1)); // it resigned
        core.FollowAll(1, other, Leading(1, replicated: 10));
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
        Assert.Equal(15ul, core.Log.NextSeq);
        Assert.Empty(core.Ports.Diverged);
        core.Hear(1, ReplicaRole.Leader, 115, Leading(1, replicated: 10));
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
        // A node of 0.27.2 in the set knows nothing of majorities: then tails and ids decide, as it does.
        core.Hear(3, ReplicaRole.Replica, 15);
        core.Hear(1, ReplicaRole.Leader, 115, Leading(1, replicated: 10));
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
    }

    [Fact]
    [Trait("spec", "06 T17")]
    public void A_replica_behind_the_leaders_retention_skips_ahead_once_counts_it_and_goes_on()
    {
        var leader = new MemoryReplicaLog();
        leader.AppendMany(100);
        leader.Drop(60);
        var own = new MemoryReplicaLog();
        own.AppendMany(20);
        var core = new CoreUnderTest(log: own);
        core.FollowAll(1, leader);
        Assert.Equal((60ul, 100ul, 1), (core.Log.Base, core.Log.NextSeq, core.Metrics.SkipAhead));
        Assert.True(ReplicaCluster.SameContent(leader, core.Log));
    }

    [Fact]
    public void A_log_that_cannot_skip_withdraws_and_says_so()
    {
        var leader = new MemoryReplicaLog();
        leader.AppendMany(100);
        leader.Drop(60);
        var core = new CoreUnderTest(log: new() { FailsToSkip = true });
        core.FollowAll(1, leader);
        Assert.Equal(ReplicaRole.Idle, core.Core.Role);
        Assert.Equal(1, core.Metrics.UnderCapacity);
    }

    [Fact]
    public void A_full_replica_withdraws_or_drops_what_its_retention_allows()
    {
        foreach (UnderCapacityPolicy policy in Enum.GetValues<UnderCapacityPolicy>())
        {
            var leader = new MemoryReplicaLog();
            leader.AppendMany(100, 100);
            var log = new MemoryReplicaLog { CapacityBytes = 9000, RetentionMaxEvents = 10 };
            var core = new CoreUnderTest(log: log, options: new() { Placement = PlacementStrategy.Pinned(new(1), new(2), new(3)), OnUnderCapacity = policy });
            core.FollowAll(1, leader);
            Assert.Equal(1, core.Metrics.UnderCapacity);
            if (policy == UnderCapacityPolicy.Withdraw)
            {
                Assert.Equal(ReplicaRole.Idle, core.Core.Role);
                Assert.Empty(core.Tags.Tags);
                core.Core.SetMembers(core.Members, core.Now); // nothing has changed: it stays away until it is told
                Assert.Equal(ReplicaRole.Idle, core.Core.Role);
                continue;
            }
            Assert.Equal(10, log.Events.Count);
            core.Tick();
            core.FollowAll(1, leader);
            Assert.Equal(100ul, core.Log.NextSeq);
        }
    }

    [Fact]
    [Trait("spec", "06 T21")]
    public void A_replica_waits_for_no_sync_and_claims_no_more_than_is_durable()
    {
        var leader = new MemoryReplicaLog();
        leader.AppendMany(10);
        var core = new CoreUnderTest(log: new() { HeldDurable = 4 });
        core.FollowAll(1, leader);
        Assert.Equal((10ul, 1), (core.Log.NextSeq, core.Log.SyncRequests));
        core.Ports.Sent.Clear();
        core.Tick();
        Assert.All(core.Ports.Heartbeats, static h => Assert.Equal(4ul, h.TailSeq));
    }

    [Fact]
    [Trait("spec", "06 T32")]
    [Trait("spec", "06 I13")]
    public void Answers_that_were_not_asked_for_or_come_from_another_node_change_nothing()
    {
        var core = new CoreUnderTest();
        core.Hear(1, ReplicaRole.Leader, 5);
        SyncRequest request = core.Ports.Requests.Single();
        byte[] Answer(ulong id) => SyncCodec.Encode(new SyncResponse(request.Channel, 0, 0, id, [new(0, new byte[3])]));
        byte[] Nack(ulong id, ulong lowest) => SyncCodec.Encode(new SyncNack(request.Channel, 0, SyncNackCode.BadRange, lowest, id, ""));
        core.Deliver(1, Answer(request.RequestId + 1));
        core.Deliver(3, Answer(request.RequestId));
        core.Deliver(1, Nack(request.RequestId + 1, 100));
        core.Deliver(3, Nack(request.RequestId, 100));
        Assert.Equal(0ul, core.Log.NextSeq);
        Assert.Equal(4, core.Metrics.DroppedMessages);
        core.Deliver(1, Answer(request.RequestId));
        core.Deliver(1, Answer(request.RequestId));
        core.Deliver(1, Nack(request.RequestId, 100));
        Assert.Equal(1ul, core.Log.NextSeq);
    }

    [Fact]
    [Trait("spec", "06 I12")]
    public void Strangers_other_channels_and_malformed_messages_are_dropped_and_counted()
    {
        var core = new CoreUnderTest();
        core.Hear(9, ReplicaRole.Leader, 5);
        core.Hear(0, ReplicaRole.Leader, 5);
        core.Hear(2, ReplicaRole.Leader, 5); // its own id
        core.Deliver(1, SyncCodec.Encode(new SyncHeartbeat(ReplicationChannelId.For("another"), 5, ReplicaRole.Leader, 0)));
        core.Deliver(1, [0, 0x0E, 0x24]);
        core.Deliver(1, [0, 0x0E, 0x22, 1]);
        core.Deliver(1, []);
        Assert.Null(core.Core.Leader);
        Assert.Empty(core.Ports.Sent);
        Assert.Equal(7, core.Metrics.DroppedMessages);
    }

    [Fact]
    [Trait("spec", "06 I14")]
    public void A_response_out_of_order_leaves_the_log_as_it_is()
    {
        var core = new CoreUnderTest();
        core.Hear(1, ReplicaRole.Leader, 5);
        SyncRequest request = core.Ports.Requests.Single();
        core.Deliver(1, SyncCodec.Encode(new SyncResponse(request.Channel, 0, 0, request.RequestId, [new(0, new byte[1]), new(2, new byte[1])])));
        Assert.Equal(0ul, core.Log.NextSeq);
        Assert.Equal([ApplyOutcome.NonMonotonic], core.Ports.NotApplied);
    }

    [Fact]
    public void A_leader_that_promises_more_than_it_delivers_is_left_alone_and_a_stale_promise_is_no_strike()
    {
        var core = new CoreUnderTest();
        void Empty()
        {
            SyncRequest request = core.Ports.Requests.Last();
            core.Deliver(1, SyncCodec.Encode(new SyncResponse(request.Channel, request.SinceSeq, 0, request.RequestId, [])));
        }
        for (int i = 0; i < 4; i++)
        {
            core.Ports.Sent.Clear();
            core.Tick();
            core.Hear(1, ReplicaRole.Leader, 5);
            Assert.Single(core.Ports.Requests);
            Empty();
        }
        core.Ports.Sent.Clear();
        core.Tick();
        core.Hear(1, ReplicaRole.Leader, 5);
        Assert.Empty(core.Ports.Requests);
        core.Tick();
        Assert.Single(core.Ports.Requests);
    }

    [Fact]
    public void Without_entropy_nothing_is_asked_for()
    {
        var core = new CoreUnderTest();
        core.Ports.HasEntropy = false;
        core.Hear(1, ReplicaRole.Leader, 5);
        Assert.Empty(core.Ports.Requests);
        core.Ports.HasEntropy = true;
        core.Tick();
        Assert.Single(core.Ports.Requests);
    }

    private static (MemoryReplicaLog Leader, MemoryReplicaLog Own) Apart(int shared, int apart)
    {
        var leader = new MemoryReplicaLog();
        var own = new MemoryReplicaLog();
        leader.AppendMany(shared);
        own.AppendMany(shared);
        leader.AppendMany(apart, salt: 1);
        own.AppendMany(apart, salt: 2);
        return (leader, own);
    }
}
