namespace Net.Mesh.Replication.Tests;

public sealed class RoleTests
{
    private static readonly (ReplicaRole From, ReplicaRole To, TransitionSignal Signal)[] Table =
    [
        (ReplicaRole.Idle, ReplicaRole.Replica, TransitionSignal.CapabilitySelected),
        (ReplicaRole.Replica, ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats),
        (ReplicaRole.Candidate, ReplicaRole.Leader, TransitionSignal.ElectionWon),
        (ReplicaRole.Candidate, ReplicaRole.Replica, TransitionSignal.ElectionLost),
        (ReplicaRole.Leader, ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved),
        (ReplicaRole.Leader, ReplicaRole.Idle, TransitionSignal.GracefulRelinquish),
        (ReplicaRole.Leader, ReplicaRole.Idle, TransitionSignal.LeaderDiskPressureWithdraw),
        (ReplicaRole.Replica, ReplicaRole.Idle, TransitionSignal.DiskPressureWithdraw),
        (ReplicaRole.Candidate, ReplicaRole.Idle, TransitionSignal.CandidateDiskPressureWithdraw),
        (ReplicaRole.Leader, ReplicaRole.Idle, TransitionSignal.ChannelClose),
        (ReplicaRole.Replica, ReplicaRole.Idle, TransitionSignal.ChannelClose),
        (ReplicaRole.Candidate, ReplicaRole.Idle, TransitionSignal.ChannelClose),
    ];

    [Fact]
    public void Of_all_roles_and_signals_only_those_of_the_table_change_anything()
    {
        foreach (ReplicaRole from in Enum.GetValues<ReplicaRole>())
        {
            foreach (ReplicaRole to in Enum.GetValues<ReplicaRole>())
            {
                foreach (TransitionSignal signal in Enum.GetValues<TransitionSignal>())
                {
                    bool isPair = to == ReplicaRole.Idle || Table.Any(row => row.From == from && row.To == to);
                    TransitionOutcome expected = Table.Contains((from, to, signal)) ? TransitionOutcome.Changed
                        : from == ReplicaRole.Idle && to == from && signal == TransitionSignal.ChannelClose ? TransitionOutcome.Unchanged
                        : isPair ? TransitionOutcome.SignalMismatch : TransitionOutcome.InvalidPair;
                    Assert.Equal(expected, RoleTable.Judge(from, to, signal));
                }
            }
        }
    }

    [Fact]
    public void Changes_announce_and_withdraw_the_tag_count_and_tell_the_observer_last()
    {
        var tags = new TagBoard();
        var counters = new ChannelCounters();
        var origin = new OriginHash(7);
        var roles = new RoleMachine(origin, tags, counters);
        var seen = new Watcher(tags);
        roles.Observer = seen;
        Go(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, 3);
        Assert.Equal(3ul, tags.Tags[origin]);
        Go(ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats, 4);
        Assert.Equal(3ul, tags.Tags[origin]);
        Go(ReplicaRole.Leader, TransitionSignal.ElectionWon, 5);
        Assert.Equal(5ul, tags.Tags[origin]);
        Go(ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved, 6);
        Go(ReplicaRole.Idle, TransitionSignal.DiskPressureWithdraw, 6);
        Assert.Empty(tags.Tags);
        Assert.Equal([ReplicaTransitionKind.BecameHolder, ReplicaTransitionKind.LeaderChanged, ReplicaTransitionKind.LeaderLost, ReplicaTransitionKind.Idled], seen.Kinds);
        Assert.Equal([1, 1, 1, 0], seen.TagsThen);
        ReplicationChannelMetrics metrics = counters.Read("a");
        Assert.Equal((1, 1), (metrics.LeaderChanges, metrics.ElectionThrash));

        void Go(ReplicaRole to, TransitionSignal signal, ulong tail) =>
            Assert.Equal(TransitionOutcome.Changed, roles.TransitionTo(to, signal, tail, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_tag_that_fails_leaves_the_role_changed_and_the_observer_untold()
    {
        var tags = new TagBoard { Fails = true };
        var counters = new ChannelCounters();
        var roles = new RoleMachine(new(7), tags, counters);
        var seen = new Watcher(tags);
        roles.Observer = seen;
        Assert.Equal(TransitionOutcome.TagSink, roles.TransitionTo(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, 0, default));
        Assert.Equal(ReplicaRole.Replica, roles.Role);
        Assert.Equal(0, counters.Read("a").AnnounceDivergence);
        Assert.Equal(TransitionOutcome.TagSink, roles.TransitionTo(ReplicaRole.Idle, TransitionSignal.ChannelClose, 0, default));
        Assert.Equal(ReplicaRole.Idle, roles.Role);
        Assert.Equal(1, counters.Read("a").AnnounceDivergence);
        Assert.Empty(seen.Kinds);
    }

    [Fact]
    [Trait("spec", "06 T20")]
    public void Every_channel_has_a_tag_of_its_own_so_that_closing_one_leaves_the_others_announced()
    {
        var first = new CoreUnderTest(channel: "orders/audit");
        var second = new CoreUnderTest(channel: "orders/other");
        Dictionary<OriginHash, ulong> node = [];
        foreach (CoreUnderTest core in new[] { first, second })
        {
            Assert.Equal(core.Parts.Channel.ChainOrigin, Assert.Single(core.Tags.Tags).Key);
            node[core.Parts.Channel.ChainOrigin] = 0;
        }
        Assert.Equal(2, node.Count);
        first.Core.Close(first.Now);
        Assert.Empty(first.Tags.Tags);
        Assert.Single(second.Tags.Tags);
    }

    private sealed class Watcher(TagBoard tags) : IReplicaTransitionObserver
    {
        public List<ReplicaTransitionKind> Kinds { get; } = [];

        public List<int> TagsThen { get; } = [];

        public void OnTransition(in ReplicaTransition transition)
        {
            Kinds.Add(transition.Kind);
            TagsThen.Add(tags.Tags.Count);
        }
    }
}
