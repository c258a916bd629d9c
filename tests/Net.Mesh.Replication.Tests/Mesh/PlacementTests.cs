using System.Diagnostics.Metrics;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Replication.Tests;

/// <summary>Who holds a log whose members nobody has named, and what is announced of it.</summary>
public sealed class MeshPlacementTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly OriginHash Origin = ReplicationChannelId.For(ReplicaMesh.Name).ChainOrigin;

    [Fact]
    public async Task As_many_nodes_as_the_factor_says_hold_the_log_and_all_agree_on_them()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(4);
        RedexFile[] files = mesh.OpenAll(new() { Factor = 2 });
        mesh.Cluster.RunUntil(() => Enumerable.Range(0, 4).All(node => mesh.At(node).Members.SequenceEqual(mesh.At(0).Members)) && mesh.At(0).Members.Count == 2, Limit);
        int[] members = [.. Enumerable.Range(0, 4).Where(node => mesh.At(0).Members.Contains(mesh.IdOf(node)))];
        int leader = mesh.RunUntilLed(members);
        files[leader].Append("x"u8);
        await mesh.RunUntilTailAsync(1, members);
        Assert.All(Enumerable.Range(0, 4).Except(members), node => Assert.Equal((ReplicaRole.Idle, 0ul), (mesh.At(node).Role, files[node].NextSeq)));
        mesh.Cluster.RunUntil(() => Enumerable.Range(0, 4).All(node => mesh.Cluster[node].Capabilities.FindChainHolders(Origin).Order().SequenceEqual(mesh.At(0).Members)), Limit);
    }

    [Fact]
    public async Task A_member_that_dies_is_replaced_by_another_node_that_offers_to_hold_the_log()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3);
        RedexFile[] files = mesh.OpenAll(new() { Factor = 2 });
        mesh.Cluster.RunUntil(() => Enumerable.Range(0, 3).All(node => mesh.At(node).Members.SequenceEqual(mesh.At(0).Members)) && mesh.At(0).Members.Count == 2, Limit);
        int[] members = [.. Enumerable.Range(0, 3).Where(node => mesh.At(0).Members.Contains(mesh.IdOf(node)))];
        int spare = Enumerable.Range(0, 3).Except(members).Single();
        int leader = mesh.RunUntilLed(members);
        files[leader].Append("x"u8);
        await mesh.RunUntilTailAsync(1, members);
        mesh.Crash(members.Single(node => node != leader));
        mesh.Cluster.RunUntil(() => files[spare].NextSeq == 1, TimeSpan.FromMinutes(10));
        Assert.Equal(leader, mesh.RunUntilLed(leader, spare));
    }

    [Fact]
    public async Task A_node_that_comes_later_does_not_push_out_one_that_holds_the_log()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3);
        var options = new ReplicationOptions { Factor = 1 };
        RedexFile first = mesh.Open(0, options);
        mesh.Cluster.RunUntil(() => mesh.At(0).Role == ReplicaRole.Leader, Limit);
        first.Append("x"u8);
        mesh.Open(1, options);
        mesh.Open(2, options);
        mesh.Cluster.RunUntil(() => mesh.At(1).Members.Count > 0 && mesh.At(2).Members.Count > 0, Limit);
        mesh.Cluster.Run(TimeSpan.FromSeconds(60));
        Assert.Equal(ReplicaRole.Leader, mesh.At(0).Role);
        Assert.All([1, 2], node => Assert.Equal([mesh.IdOf(0)], mesh.At(node).Members));
    }

    [Fact]
    public async Task With_strict_colocation_only_those_that_have_the_log_hold_it()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(3);
        var options = new ReplicationOptions { Placement = PlacementStrategy.ColocationStrict };
        RedexFile[] files = mesh.OpenAll(options);
        mesh.Cluster.Run(TimeSpan.FromSeconds(60));
        Assert.All([0, 1, 2], node => Assert.Equal(ReplicaRole.Idle, mesh.At(node).Role));
        files[1].Append("x"u8);
        mesh.Cluster.RunUntil(() => mesh.At(1).Role == ReplicaRole.Leader, Limit);
        mesh.Cluster.Run(TimeSpan.FromSeconds(60));
        Assert.All([0, 2], node => Assert.Equal((ReplicaRole.Idle, 0ul), (mesh.At(node).Role, files[node].NextSeq)));
    }

    [Fact]
    public async Task A_placement_filter_keeps_nodes_out()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        var filter = new OnlyNode(mesh.IdOf(1));
        var stores = new List<Redex>();
        for (int i = 0; i < 2; i++)
        {
            var store = new Redex(new() { TimeProvider = mesh.Cluster.Time, RetentionSweepInterval = TimeSpan.Zero });
            store.EnableReplication(mesh.Cluster[i], filter);
            store.Open(ReplicaMesh.Name, new() { Replication = new() });
            stores.Add(store);
        }
        mesh.Cluster.RunUntil(() => stores[1].GetReplicationCoordinator(ReplicaMesh.Name)!.Role == ReplicaRole.Leader, Limit);
        Assert.Equal([mesh.IdOf(1)], stores[1].GetReplicationCoordinator(ReplicaMesh.Name)!.Members);
        foreach (Redex store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    [Trait("spec", "06 T20")]
    public async Task Each_log_has_a_tag_of_its_own_and_closing_one_leaves_the_others_announced()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        mesh.OpenAll();
        mesh.OpenAll(name: "b/other");
        OriginHash other = ReplicationChannelId.For("b/other").ChainOrigin;
        IReadOnlyList<NodeId> Holders(OriginHash origin) => mesh.Cluster[1].Capabilities.FindChainHolders(origin);
        mesh.Cluster.RunUntil(() => Holders(Origin).Count == 2 && Holders(other).Count == 2, Limit);
        await mesh[0].CloseFileAsync(ReplicaMesh.Name);
        mesh.Cluster.RunUntil(() => Holders(Origin).Count == 1, Limit);
        Assert.Equal(2, Holders(other).Count);
    }

    [Fact]
    [Trait("spec", "06 T33")]
    public async Task The_announced_tail_follows_the_log_and_is_never_above_what_a_replica_holds()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        ulong? Announced(int node) => mesh.Cluster[1 - leader].Capabilities.Get(mesh.IdOf(node))?.Tags.Select(static tag => tag.ToString())
            .Where(static tag => tag.StartsWith($"causal:{ChainTags.HashOf(Origin)}:", StringComparison.Ordinal)).Select(static tag => ulong.Parse(tag.Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture)).SingleOrDefault();
        for (int i = 0; i < 5; i++)
            files[leader].Append("x"u8);
        mesh.Cluster.RunUntil(() => Announced(0) == 5 && Announced(1) == 5, Limit);
        mesh.Cluster.Partition([0], [1]);
        files[leader].Append("held by the leader only"u8);
        mesh.Cluster.Run(TimeSpan.FromMinutes(1));
        Assert.True(mesh.Cluster[leader].Capabilities.Get(mesh.IdOf(leader))!.HasTag($"causal:{ChainTags.HashOf(Origin)}:5"));
    }

    [Fact]
    public async Task The_figures_are_instruments_under_the_same_names()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, active) =>
        {
            if (instrument.Meter.Name == "Net.Mesh.Cortex")
                active.EnableMeasurementEvents(instrument);
        };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                if (tag.Key == "netmesh.node" && Equals(tag.Value, mesh.IdOf(leader).ToString()))
                    seen[instrument.Name] = value;
            }
        }
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        mesh.Cluster.Run(TimeSpan.FromSeconds(2));
        listener.RecordObservableInstruments();
        Assert.Equal(1, seen["dataforts_leader_changes_total"]);
        Assert.Contains("dataforts_replication_lag_seconds", seen.Keys);
        Assert.Contains("dataforts_replication_sync_bytes_total", seen.Keys);
    }

    private sealed class OnlyNode(NodeId node) : IPlacementFilter
    {
        public double? Score(in PlacementCandidate candidate, Artifact artifact) => candidate.NodeId == node ? 1 : null;
    }
}
