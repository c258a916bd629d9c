namespace Net.Mesh.Replication.Tests;

/// <summary>How a core starts, elects and gives its role away.</summary>
public sealed class StartTests
{
    private static SyncStanding Following(ulong leader, bool agrees = true, ulong replicated = 0, ulong term = 0) => new(new(leader), agrees, false, replicated, term);

    [Fact]
    public void A_member_is_a_replica_at_once_and_leads_after_three_silent_heartbeats()
    {
        var core = new CoreUnderTest();
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        core.Tick(2);
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        Assert.All(core.Ports.Heartbeats, static h => Assert.Equal(ReplicaRole.Replica, h.Role));
        core.Ports.Sent.Clear();
        core.Tick();
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
        // The others hear of it without waiting for the next heartbeat.
        Assert.Equal([new NodeId(1), new NodeId(3)], core.Ports.Sent.TakeLast(2).Select(static s => s.To));
        Assert.Equal(ReplicaRole.Leader, core.Ports.Heartbeats.Last().Role);
    }

    [Fact]
    public void A_node_that_is_no_member_or_may_not_start_by_itself_is_idle_and_silent()
    {
        var outsider = new CoreUnderTest(self: 9);
        var told = new CoreUnderTest(options: new() { Placement = PlacementStrategy.Pinned(new(1), new(2)), StartsByItself = false });
        foreach (CoreUnderTest core in new[] { outsider, told })
        {
            core.Tick(10);
            Assert.Equal(ReplicaRole.Idle, core.Core.Role);
            Assert.Empty(core.Ports.Sent);
        }
        Assert.Equal(TransitionOutcome.Changed, told.Core.TransitionTo(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, told.Now));
    }

    [Fact]
    [Trait("spec", "06 T16")]
    public void A_replica_that_forgot_its_leader_elects_one_after_three_heartbeats()
    {
        var core = new CoreUnderTest();
        core.Hear(1, ReplicaRole.Leader, 4);
        SyncRequest request = core.Ports.Requests.Single();
        core.Deliver(1, SyncCodec.Encode(new SyncNack(request.Channel, 0, SyncNackCode.NotLeader, 0, request.RequestId, "")));
        Assert.Null(core.Core.Leader);
        core.Tick(3);
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
    }

    [Fact]
    [Trait("spec", "06 T16")]
    public void A_winner_that_never_claims_the_role_is_passed_over()
    {
        var core = new CoreUnderTest();
        for (int i = 0; i < 3; i++)
        {
            core.Tick();
            core.Hear(1, ReplicaRole.Replica, 100); // it has more of the log, and never leads
        }
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        for (int i = 0; i < 3; i++)
        {
            core.Tick();
            core.Hear(1, ReplicaRole.Replica, 100);
        }
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
    }

    [Fact]
    [Trait("spec", "06 T16")]
    public void A_node_outside_its_own_list_that_is_made_a_replica_never_stays_a_candidate()
    {
        var core = new CoreUnderTest(self: 9);
        core.Core.TransitionTo(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, core.Now);
        for (int i = 0; i < 20; i++)
        {
            core.Tick();
            Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        }
        core.Hear(1, ReplicaRole.Leader, 0);
        Assert.Equal(new NodeId(1), core.Core.Leader);
    }

    [Fact]
    public void A_member_with_more_of_the_log_is_left_to_lead()
    {
        var core = new CoreUnderTest(self: 1);
        core.Log.AppendMany(5);
        core.Tick(2);
        core.Hear(3, ReplicaRole.Replica, 6, Following(0));
        core.Tick();
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        Assert.Equal(1, core.Metrics.ElectionThrash);
    }

    [Fact]
    public void The_pinned_leader_is_handed_the_role_once_it_has_the_whole_log()
    {
        var options = new ReplicationOptions { Placement = PlacementStrategy.Pinned(new(1), new(2), new(3)), PinnedLeader = new(3) };
        var core = new CoreUnderTest(options: options);
        core.LeadAlone();
        core.Log.AppendMany(4);
        core.Hear(3, ReplicaRole.Replica, 3, Following(2));
        core.Tick();
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
        core.Hear(3, ReplicaRole.Replica, 4); // a node of 0.27.2 would not take it
        core.Tick();
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
        core.Hear(3, ReplicaRole.Replica, 4, Following(2));
        core.Ports.Sent.Clear();
        core.Tick();
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
        Assert.Equal((ReplicaRole.Replica, new NodeId(3)), (core.Ports.Heartbeats.Last().Role, core.Ports.Heartbeats.Last().Standing!.Value.Follows));
    }

    [Fact]
    public void A_node_that_is_named_as_the_successor_leads_at_once()
    {
        var core = new CoreUnderTest(self: 3);
        core.Hear(1, ReplicaRole.Leader, 0, Following(1));
        core.Hear(1, ReplicaRole.Replica, 0, Following(3));
        Assert.Equal(ReplicaRole.Leader, core.Core.Role);
    }

    [Fact]
    public void A_leader_that_closes_tells_our_nodes_which_elect_at_once_and_nobody_else()
    {
        var core = new CoreUnderTest();
        core.LeadAlone();
        core.Hear(1, ReplicaRole.Replica, 0);
        core.Hear(3, ReplicaRole.Replica, 0, Following(2));
        core.Ports.Sent.Clear();
        core.Core.Close(core.Now);
        (NodeId to, ReadOnlyMemory<byte> farewell) = Assert.Single(core.Ports.Sent);
        Assert.Equal(new NodeId(3), to);

        var follower = new CoreUnderTest(self: 3);
        follower.Hear(2, ReplicaRole.Leader, 0, Following(2));
        follower.Core.OnMessage(new(2), farewell, follower.Now);
        Assert.Equal(ReplicaRole.Leader, follower.Core.Role);

        core.Tick(5);
        core.Hear(1, ReplicaRole.Leader, 9);
        Assert.Equal(ReplicaRole.Idle, core.Core.Role);
    }

    [Fact]
    public void Members_that_change_are_followed()
    {
        var core = new CoreUnderTest();
        core.Hear(1, ReplicaRole.Leader, 0);
        core.Core.SetMembers([new(2), new(3)], core.Now);
        Assert.Null(core.Core.Leader);
        core.Core.SetMembers([new(3)], core.Now);
        Assert.Equal(ReplicaRole.Idle, core.Core.Role);
        Assert.Empty(core.Tags.Tags);
        core.Core.SetMembers([new(3), new(2)], core.Now);
        Assert.Equal(ReplicaRole.Replica, core.Core.Role);
    }

    [Fact]
    public void What_a_majority_knows_to_hold_is_reported()
    {
        var core = new CoreUnderTest();
        core.LeadAlone();
        core.Log.AppendMany(10);
        core.Hear(1, ReplicaRole.Replica, 7, Following(2, term: core.Core.Term));
        core.Tick();
        Assert.Equal((7ul, 0ul), (core.Core.Replicated, core.Core.Status.ReplicatedSeq));
        core.Hear(1, ReplicaRole.Replica, 8, Following(2, replicated: 7, term: core.Core.Term));
        core.Tick();
        Assert.Equal((8ul, 7ul), (core.Core.Replicated, core.Core.Status.ReplicatedSeq));
        core.Hear(3, ReplicaRole.Replica, 50, Following(9, term: core.Core.Term)); // follows another
        core.Hear(3, ReplicaRole.Replica, 50, Following(2, term: core.Core.Term - 1)); // followed an earlier leadership of this node
        core.Hear(3, ReplicaRole.Replica, 50, Following(2, agrees: false, term: core.Core.Term));
        core.Tick();
        Assert.Equal(8ul, core.Core.Replicated);
    }
}
