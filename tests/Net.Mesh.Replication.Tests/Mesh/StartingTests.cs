using System.Text;

namespace Net.Mesh.Replication.Tests;

/// <summary>Logs of stores on a mesh: how they start, are opened, refuse and end.</summary>
public sealed class MeshStartingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_replicated_log_starts_by_itself_and_an_append_is_everywhere(int nodes)
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(nodes);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        ulong seq = files[leader].Append("hello"u8);
        files[leader].AppendInline("abcd1234"u8);
        Task<bool> replicated = mesh.At(leader).WaitForReplicatedAsync(seq + 1, TimeSpan.FromSeconds(30)).AsTask();
        mesh.Cluster.RunUntil(() => mesh.At(leader).ReplicatedSeq == seq + 2, TimeSpan.FromSeconds(30));
        Assert.True(await replicated);
        await mesh.RunUntilTailAsync(2, [.. Enumerable.Range(0, nodes)]);
        Assert.All(files, static file => Assert.Equal(["hello", "abcd1234"], ReplicaMesh.TextsOf(file)));
    }

    [Fact]
    public async Task An_append_on_a_quiet_log_is_everywhere_before_a_heartbeat_is_due()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll(mesh.Pinned with { Heartbeat = TimeSpan.FromSeconds(60) });
        int leader = mesh.RunUntilLed();
        mesh.Cluster.Run(TimeSpan.FromSeconds(61));
        mesh.Cluster.Run(TimeSpan.FromSeconds(7));
        files[leader].Append("x"u8);
        mesh.Cluster.RunUntil(() => files.All(static file => file.NextSeq == 1), TimeSpan.FromSeconds(1));
        mesh.Cluster.RunUntil(() => mesh.At(leader).ReplicatedSeq == 1, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task An_append_on_a_follower_is_refused_and_says_who_leads()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        RedexException refusal = Assert.Throws<RedexException>(() => files[1 - leader].Append("x"u8));
        Assert.Equal(RedexErrorKind.NotLeader, refusal.Error);
        Assert.Equal(mesh.IdOf(leader), refusal.Leader);
        Assert.Throws<RedexException>(() => files[1 - leader].AppendBatch([ReplicaMesh.Bytes("x")]));
        Assert.Equal(0ul, files[1 - leader].NextSeq);
        // Closed, it is nobody's follower, and open without replication it is a log like any other.
        await mesh[1 - leader].CloseFileAsync(ReplicaMesh.Name);
        mesh[1 - leader].Open(ReplicaMesh.Name).Append("mine"u8);
    }

    [Fact]
    public async Task A_node_that_may_append_locally_does_and_what_gives_way_is_told()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        var lost = new List<string>();
        for (int i = 0; i < 2; i++)
            mesh[i].ReplicaDiverged += divergence => lost.AddRange(divergence.Events.Select(static e => Encoding.UTF8.GetString(e.Payload.Span)));
        RedexFile[] files = mesh.OpenAll(mesh.Pinned with { AllowsLocalAppends = true });
        int leader = mesh.RunUntilLed();
        files[leader].Append("common"u8);
        await mesh.RunUntilTailAsync(1, 0, 1);
        files[leader].Append("of the leader"u8);
        files[leader].Append("and more"u8);
        files[1 - leader].Append("of the follower"u8);
        await mesh.RunUntilAsync(() => ReplicaMesh.TextsOf(files[0]).SequenceEqual(ReplicaMesh.TextsOf(files[1])) && files[0].NextSeq == 3);
        Assert.Equal(["of the follower"], lost);
        Assert.Equal(1, mesh[1 - leader].GetReplicationMetrics()!.Totals.Divergences);
    }

    [Fact]
    public async Task A_log_that_nobody_started_is_idle_and_takes_appends()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll(mesh.Pinned with { StartsByItself = false });
        mesh.Cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(0ul, files[0].Append("alone"u8));
        Assert.Equal(ReplicaRole.Idle, mesh.At(0).Role);
        Assert.Equal(TransitionOutcome.InvalidPair, await mesh.At(0).TransitionToAsync(ReplicaRole.Leader, TransitionSignal.ElectionWon));
        for (int i = 0; i < 2; i++)
            Assert.Equal(TransitionOutcome.Changed, await mesh.At(i).TransitionToAsync(ReplicaRole.Replica, TransitionSignal.CapabilitySelected));
        Assert.Equal(0, mesh.RunUntilLed());
        await mesh.RunUntilTailAsync(1, 1);
    }

    [Fact]
    public async Task A_log_is_opened_as_it_is_or_not_at_all()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(1);
        RedexFile file = mesh.Open(0);
        Assert.Same(file, mesh.Open(0));
        Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => mesh[0].Open(ReplicaMesh.Name)).Error);
        Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => mesh.Open(0, mesh.Pinned with { Factor = 2 })).Error);
        mesh[0].Open("plain");
        Assert.Equal(RedexErrorKind.Channel, Assert.Throws<RedexException>(() => mesh.Open(0, name: "plain")).Error);
        RedexException wrong = Assert.Throws<RedexException>(() => mesh.Open(0, new() { Factor = 0 }, name: "wrong"));
        Assert.Contains(nameof(ReplicationOptionsError.FactorBelowMin), wrong.Message, StringComparison.Ordinal);
        await using var off = new Redex();
        Assert.Contains(nameof(Redex.EnableReplication), Assert.Throws<RedexException>(() => off.Open("a", new() { Replication = new() })).Message, StringComparison.Ordinal);
        Assert.Contains("FactorBelowMin", Assert.Throws<RedexException>(() => off.Open("a", new() { Replication = new() { Factor = 0 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_without_replication_says_so()
    {
        await using var off = new Redex();
        off.Open("a");
        Assert.Equal(0, off.ReplicationRuntimeCount);
        Assert.Null(off.GetReplicationMetrics());
        Assert.Null(off.GetReplicationStatus());
        Assert.Null(off.GetReplicationCoordinator("a"));
        Assert.Equal("", off.ReplicationPrometheusText());
    }

    [Fact]
    public async Task Status_figures_and_text_tell_each_channel()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        mesh.OpenAll(name: "b/two");
        RedexFile[] files = mesh.OpenAll();
        mesh[0].EnableReplication(mesh.Cluster[0]);
        Assert.Throws<InvalidOperationException>(() => mesh[0].EnableReplication(mesh.Cluster[1]));
        int leader = mesh.RunUntilLed();
        files[leader].Append("x"u8);
        await mesh.RunUntilTailAsync(1, 0, 1);
        mesh.Cluster.Run(mesh.Pinned.Heartbeat);
        Assert.Equal(2, mesh[leader].ReplicationRuntimeCount);
        IReadOnlyList<ReplicationChannelStatus> status = mesh[leader].GetReplicationStatus()!;
        Assert.Equal(["b/two", ReplicaMesh.Name], status.Select(static row => row.Channel));
        Assert.Equal((ReplicaRole.Leader, 1ul, (NodeId?)mesh.IdOf(leader)), (status[1].Role, status[1].TailSeq, status[1].Leader));
        Assert.Equal(2, mesh[leader].GetReplicationMetrics()!.Channels.Count);
        Assert.Equal(1, mesh.At(leader).Metrics.LeaderChanges);
        Assert.Contains($"dataforts_leader_changes_total{{channel=\"{ReplicaMesh.Name}\"}} 1\n", mesh[leader].ReplicationPrometheusText(), StringComparison.Ordinal);
        Assert.Contains($"dataforts_replication_lag_seconds{{channel=\"{ReplicaMesh.Name}\",role=\"replica\"}}", mesh[1 - leader].ReplicationPrometheusText(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "06 T19")]
    public async Task Two_stores_replicate_over_one_node_and_neither_silences_the_other()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] first = mesh.OpenAll();
        await using Redex second = mesh.NewStore(0);
        RedexFile other = second.Open("b/other", new() { Replication = mesh.Pinned });
        RedexFile there = mesh.Open(1, name: "b/other");
        int leader = mesh.RunUntilLed();
        first[leader].Append("x"u8);
        await mesh.RunUntilAsync(() => first.All(static file => file.NextSeq == 1) && second.GetReplicationCoordinator("b/other")!.Leader is not null && mesh.At(1, "b/other").Leader is not null);
        (second.GetReplicationCoordinator("b/other")!.Role == ReplicaRole.Leader ? other : there).Append("y"u8);
        await mesh.RunUntilAsync(() => other.NextSeq == 1 && there.NextSeq == 1);

        // The same log twice on one node is an error that says so, and leaves the first alone.
        RedexException twice = Assert.Throws<RedexException>(() => second.Open(ReplicaMesh.Name, new() { Replication = mesh.Pinned }));
        Assert.Equal(RedexErrorKind.Channel, twice.Error);
        Assert.False(second.TryGetFile(ReplicaMesh.Name, out _));

        await second.DisposeAsync();
        first[leader].Append("z"u8);
        await mesh.RunUntilTailAsync(2, 0, 1);
    }

    [Fact]
    public async Task A_closed_log_is_replicated_no_more_and_its_leader_is_replaced_at_once()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll(mesh.Pinned with { Heartbeat = TimeSpan.FromSeconds(60) });
        int leader = mesh.RunUntilLed();
        files[leader].Append("x"u8);
        await mesh.RunUntilTailAsync(1, 0, 1);
        ReplicationCoordinator closed = mesh.At(leader);
        await mesh[leader].CloseFileAsync(ReplicaMesh.Name);
        Assert.Equal(ReplicaRole.Idle, closed.Role);
        Assert.Null(mesh[leader].GetReplicationCoordinator(ReplicaMesh.Name));
        Assert.Equal(0, mesh[leader].ReplicationRuntimeCount);
        Assert.False(await closed.WaitForRoleAsync(ReplicaRole.Leader, TimeSpan.FromDays(1)));
        mesh.Cluster.RunUntil(() => mesh.At(1 - leader).Role == ReplicaRole.Leader, TimeSpan.FromSeconds(10));
        // And comes back, empty, as it lay in memory: it follows.
        RedexFile again = mesh.Open(leader, mesh.Pinned with { Heartbeat = TimeSpan.FromSeconds(60) });
        await mesh.RunUntilAsync(() => again.NextSeq == 1);
    }

    [Fact]
    public async Task A_log_that_its_holder_closed_is_replicated_no_more()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        await files[leader].CloseAsync();
        mesh.Cluster.RunUntil(() => mesh[leader].ReplicationRuntimeCount == 0, TimeSpan.FromSeconds(2));
        Assert.NotSame(files[leader], mesh.Open(leader));
        Assert.Equal(1, mesh[leader].ReplicationRuntimeCount);
    }

    [Fact]
    public async Task A_node_that_stops_leaves_its_logs_open_and_idle()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(2);
        RedexFile[] files = mesh.OpenAll();
        int leader = mesh.RunUntilLed();
        await mesh.Cluster.RunUntilCompletedAsync(mesh.Cluster[leader].ShutdownAsync(), TimeSpan.FromMinutes(1));
        Assert.Equal(0, mesh[leader].ReplicationRuntimeCount);
        Assert.False(files[leader].IsClosed);
        mesh.Cluster.RunUntil(() => mesh.At(1 - leader).Role == ReplicaRole.Leader, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_node_has_a_store_of_its_own()
    {
        await using ReplicaMesh mesh = await ReplicaMesh.StartAsync(1);
        Redex own = mesh.Cluster[0].Redex;
        Assert.Same(own, mesh.Cluster[0].Redex);
        RedexFile file = own.Open("own", new() { Replication = mesh.Pinned });
        mesh.Cluster.RunUntil(() => own.GetReplicationCoordinator("own")!.Role == ReplicaRole.Leader, TimeSpan.FromSeconds(10));
        Assert.Equal(0ul, file.Append("x"u8));
        await mesh.Cluster.RunUntilCompletedAsync(mesh.Cluster[0].ShutdownAsync(), TimeSpan.FromMinutes(1));
        Assert.True(file.IsClosed);
    }
}
