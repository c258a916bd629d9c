using CsCheck;

namespace Net.Mesh.Replication.Tests;

public sealed class LeadershipTests
{
    private static readonly Gen<LeaderClaim> Claims = Gen.Select(Gen.ULong[1, 4], Gen.ULong[0, 3], Gen.ULong[0, 2], static (node, tail, held) => new LeaderClaim(new(node), tail, held));

    [Fact]
    [Trait("spec", "06 T34")]
    public void Of_two_leaders_a_replica_believes_the_one_that_keeps_its_role() => Gen.Select(Claims, Claims).Where(static (a, b) => a.Node != b.Node).Sample(static (a, b) =>
    {
        Assert.NotEqual(a.Beats(b), b.Beats(a));
        NodeId keeps = a.Beats(b) ? a.Node : b.Node;
        foreach ((LeaderClaim first, LeaderClaim second) in new[] { (a, b), (b, a) })
        {
            var tracker = new LeaderTracker();
            tracker.Hear(first);
            tracker.Hear(second);
            Assert.Equal(keeps, tracker.Believed);
        }
    });

    [Fact]
    public void A_claim_beats_all_or_none_in_a_circle() => Gen.Select(Claims, Claims, Claims).Sample(static (a, b, c) =>
    {
        if (a.Beats(b) && b.Beats(c))
            Assert.True(a.Beats(c));
    });

    [Fact]
    public void A_leader_meets_another_and_the_one_with_the_higher_tail_or_the_smaller_id_keeps_the_role()
    {
        foreach ((ulong peer, ulong tail, ReplicaRole expected) in new[] { (1ul, 4ul, ReplicaRole.Leader), (1ul, 5ul, ReplicaRole.Replica), (3ul, 5ul, ReplicaRole.Leader), (3ul, 6ul, ReplicaRole.Replica) })
        {
            var core = new CoreUnderTest();
            core.Log.AppendMany(5);
            core.LeadAlone();
            core.Hear(peer, ReplicaRole.Leader, tail);
            Assert.Equal(expected, core.Core.Role);
            Assert.Equal(expected == ReplicaRole.Leader ? new NodeId(2) : new NodeId(peer), core.Core.Leader);
        }
    }

    [Fact]
    [Trait("spec", "06 T33")]
    public void A_leader_announces_no_more_than_some_replica_holds_and_never_less_than_before()
    {
        var tail = new AnnouncedTail();
        tail.Update(ReplicaRole.Leader, 10, null);
        Assert.Equal(10ul, tail.Value);
        tail.Update(ReplicaRole.Leader, 20, 15);
        Assert.Equal(15ul, tail.Value);
        tail.Update(ReplicaRole.Leader, 20, 12);
        Assert.Equal(15ul, tail.Value);
        tail.Update(ReplicaRole.Leader, 20, 30);
        Assert.Equal(20ul, tail.Value);
        tail.Update(ReplicaRole.Replica, 25, 1);
        Assert.Equal(25ul, tail.Value);
    }

    [Fact]
    public void The_member_with_the_most_of_the_log_is_elected_then_the_pinned_one_then_the_smallest_id()
    {
        NodeId[] all = [new(3), new(1), new(2)];
        Dictionary<NodeId, ulong> tails = new() { [new(1)] = 5, [new(2)] = 5, [new(3)] = 4 };
        Assert.Equal(new NodeId(1), Elect(null, all));
        Assert.Equal(new NodeId(2), Elect(new(2), all));
        Assert.Equal(new NodeId(1), Elect(new(3), all));
        Assert.Equal(new NodeId(3), Elect(null, [new(3)]));
        Assert.Null(Elect(null, []));

        NodeId? Elect(NodeId? pinned, NodeId[] healthy) => ReplicationElection.ElectByTail(all, healthy.Contains, node => tails[node], pinned);
    }
}
