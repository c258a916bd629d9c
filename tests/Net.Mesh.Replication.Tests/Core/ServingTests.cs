namespace Net.Mesh.Replication.Tests;

/// <summary>How a leader answers.</summary>
public sealed class ServingTests
{
    private static byte[] Request(CoreUnderTest core, ulong since, uint chunkMax = 0, BandwidthClass urgency = BandwidthClass.Foreground) =>
        SyncCodec.Encode(new SyncRequest(core.Parts.Channel, since, chunkMax, 42, urgency));

    [Fact]
    public void Who_does_not_lead_says_so_with_an_empty_detail()
    {
        var core = new CoreUnderTest();
        core.Log.AppendMany(5);
        core.Deliver(1, Request(core, 3));
        Assert.Equal(new(core.Parts.Channel, 3, SyncNackCode.NotLeader, 0, 42, ""), core.Ports.Nacks.Single());
    }

    [Fact]
    public void A_leader_answers_counts_the_bytes_and_refunds_what_it_could_not_send()
    {
        var core = new CoreUnderTest();
        core.Log.AppendMany(5, 100);
        core.LeadAlone();
        double full = core.Core.Budget.Level;
        core.Deliver(1, Request(core, 3));
        SyncResponse response = core.Ports.Responses.Single();
        Assert.Equal((3ul, 42ul, 2), (response.FirstSeq, response.RequestId, response.Events.Count));
        Assert.Equal(47 + 2 * 112, core.Metrics.SyncBytes);
        Assert.Equal(full - 47 - 2 * 112, core.Core.Budget.Level);
        core.Ports.CanSend = false;
        core.Deliver(1, Request(core, 0));
        Assert.Equal(full - 47 - 2 * 112, core.Core.Budget.Level);
    }

    [Fact]
    [Trait("spec", "06 T22")]
    public void A_class_that_a_member_claims_gets_it_no_more_than_its_share()
    {
        // The budget is 0.1 % of the peak: 125,000 bytes a second.
        var core = new CoreUnderTest(options: new() { Placement = PlacementStrategy.Pinned(new(1), new(2), new(3)), BudgetFraction = 0.001 });
        core.Log.AppendMany(1, 70_000);
        core.Log.AppendMany(1, 60_000);
        core.LeadAlone();
        core.Ports.Large.Add(new(1));
        core.Deliver(1, Request(core, 0, 1, BandwidthClass.Realtime));
        Assert.Equal(SyncNackCode.Backpressure, core.Ports.Nacks.Single().Code);
        core.Deliver(1, Request(core, 1, 1, BandwidthClass.Realtime));
        core.Deliver(1, Request(core, 1, 1, BandwidthClass.Realtime));
        Assert.Equal(2, core.Ports.Responses.Count());
        core.Deliver(1, Request(core, 1, 1));
        Assert.Equal(2, core.Ports.Nacks.Count());
    }

    [Fact]
    public void A_role_that_was_lost_while_the_log_was_read_refuses_and_pays_nothing()
    {
        var core = new CoreUnderTest();
        core.Log.AppendMany(5);
        core.LeadAlone();
        double full = core.Core.Budget.Level;
        core.Log.OnRead = () => core.Core.TransitionTo(ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved, core.Now);
        core.Deliver(1, Request(core, 0));
        Assert.Equal(SyncNackCode.NotLeader, core.Ports.Nacks.Single().Code);
        Assert.Empty(core.Ports.Responses);
        Assert.Equal((full, 0), (core.Core.Budget.Level, core.Metrics.SyncBytes));
    }

    [Fact]
    [Trait("spec", "06 T33")]
    public void The_tail_that_a_leader_announces_is_one_that_a_replica_has()
    {
        var core = new CoreUnderTest();
        core.LeadAlone();
        core.Log.AppendMany(10);
        core.Hear(1, ReplicaRole.Replica, 6);
        core.Tick();
        Assert.Equal(6ul, core.Core.AnnouncedTail);
    }

    [Fact]
    public void Members_hear_of_an_append_without_waiting_but_not_of_each()
    {
        var core = new CoreUnderTest();
        core.LeadAlone();
        for (int i = 0; i < 50; i++)
        {
            core.Log.AppendMany(1);
            core.Pass(TimeSpan.FromMilliseconds(10));
            core.Core.OnGrown(core.Now);
        }
        Assert.Equal(10 * 2, core.Ports.Sent.Count);
    }
}
