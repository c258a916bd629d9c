using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Capabilities.Tests.Announcements;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Index;

public sealed class IndexTests
{
    private static readonly NodeId Self = new(1000);

    private readonly FakeTimeProvider _clock = Samples.Clock();

    [Fact]
    public void A_newer_version_takes_the_place_of_an_older_and_nothing_else_does()
    {
        CapabilityIndex index = New();
        Assert.Equal(IndexOutcome.Inserted, index.Apply(Of(1, version: 0, "a")));
        Assert.Equal(IndexOutcome.Stale, index.Apply(Of(1, version: 1, "b"))); // 0 counts as 1
        Assert.Equal(IndexOutcome.Replaced, index.Apply(Of(1, version: 2, "b")));
        Assert.Equal(IndexOutcome.Stale, index.Apply(Of(1, version: 2, "c")));
        Assert.Empty(Find(index, "a"));
        Assert.Equal([1], Find(index, "b"));
        Assert.Equal((1, 1, 1, 2), (index.Statistics.Nodes, index.Statistics.Inserted, index.Statistics.Replaced, index.Statistics.Stale));
    }

    [Fact]
    [Trait("spec", "04 T26")]
    public void An_entry_lives_from_when_it_came_for_as_long_as_it_says()
    {
        CapabilityIndex index = New();
        index.Apply(Of(1, 1, "a") with { TtlSeconds = 10, TimestampNs = 0 });
        index.Apply(Of(2, 1, "a") with { TtlSeconds = 300 });
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, index.Sweep());
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal([1, 2], Find(index, "a")); // until it is swept
        Assert.Equal(1, index.Sweep());
        Assert.Equal([2], Find(index, "a"));
        index.Apply(Of(2, 2, "a") with { TtlSeconds = 300 });
        _clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(0, index.Sweep());
        index.Apply(Of(2, 3) with { TtlSeconds = 0 });
        Assert.Equal(1, index.Sweep());
        Assert.Equal(0, index.Count);
    }

    [Fact]
    public void A_life_that_is_cut_again_and_again_ends_in_time_and_leaves_nothing_behind()
    {
        CapabilityIndex index = New();
        for (ulong version = 1; version < 2000; version++)
            index.Apply(Of(1, version, "a") with { TtlSeconds = version % 2 == 0 ? 5u : 80_000u });
        index.Apply(Of(1, 2000, "a") with { TtlSeconds = 5 });
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, index.Sweep());
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(0, index.Sweep());
        Assert.Equal(1, index.Statistics.Expired);
    }

    [Fact]
    public void No_entry_outlives_the_longest_life()
    {
        CapabilityIndex index = New(new() { MaxTtl = TimeSpan.FromHours(1) });
        index.Apply(Of(1, 1, "a") with { TtlSeconds = uint.MaxValue });
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, index.Sweep());
    }

    [Fact]
    public void A_full_index_refuses_further_nodes_but_not_its_own()
    {
        CapabilityIndex index = New(new() { MaxNodes = 2 });
        index.Apply(Of(1, 1, "a"));
        index.Apply(Of(2, 1, "a"));
        Assert.Equal(IndexOutcome.Full, index.Apply(Of(3, 1, "a")));
        Assert.Equal(IndexOutcome.Replaced, index.Apply(Of(2, 2, "a")));
        Assert.Equal(IndexOutcome.Inserted, index.Apply(Of(Self.Value, 1, "a")));
        Assert.True(index.Evict(new(1)));
        Assert.False(index.Evict(new(1)));
        Assert.Equal([2, Self.Value], Find(index, "a"));
    }

    [Fact]
    public void Queries_answer_as_a_walk_over_all_nodes_would()
    {
        string[] words =
        [
            "a", "b", "hardware.gpu", "hardware.gpu.vendor=nvidia", "hardware.gpu.vendor:nvidia", "hardware.gpu.vram_gb=24", "hardware.memory_gb=64",
            "software.model.0.id=llama", "software.model.0.context_length=4096", "software.model.0.modalities=text,code", "software.model.x.id=phi",
            "software.tool.0.tool_id=search", "scope:tenant:t", "scope:subnet-local", "causal:00000000000000aa:7", "model:llama",
        ];
        CapabilityFilter[] filters =
        [
            CapabilityFilter.Any, Filter.RequireTag("a"), Filter.RequireTag("a").RequireTag("b"), Filter.RequireGpu(), Filter.RequireGpuVendor(GpuVendor.Nvidia),
            Filter.RequireGpuVendor(GpuVendor.Unknown), Filter.MinVramGb(16), Filter.MinMemoryGb(32), Filter.RequireModel("llama"), Filter.RequireModel("llama").RequireModel("phi"),
            Filter.RequireTool("search"), Filter.MinContextLength(4096), Filter.RequireModality(Modality.Code), Filter.RequireTag("hardware.gpu.vendor=nvidia").RequireModel("phi"), Filter.RequireTag(""),
        ];
        Gen<(int Node, int Action, int[] Words)> genStep = Gen.Select(Gen.Int[1, 600], Gen.Int[0, 9], Gen.Int[0, words.Length - 1].Array[0, 8]);
        genStep.Array[1, 900].Sample(steps =>
        {
            CapabilityIndex index = New();
            var model = new SortedDictionary<ulong, CapabilitySet>();
            ulong version = 1;
            foreach ((int node, int action, int[] chosen) in steps)
            {
                if (action == 0)
                {
                    Assert.Equal(model.Remove((ulong)node), index.Evict(new((ulong)node)));
                    continue;
                }
                CapabilityAnnouncement announcement = Of((ulong)node, version++, [.. chosen.Select(i => words[i])]);
                index.Apply(announcement);
                model[(ulong)node] = announcement.Capabilities;
            }
            foreach (CapabilityFilter filter in filters)
                Assert.Equal(model.Where(m => filter.Matches(m.Value)).Select(m => new NodeId(m.Key)), index.FindNodes(filter));
            Assert.Equal(model.Where(m => m.Value.HasTag("hardware.gpu.vendor=nvidia")).Select(m => new NodeId(m.Key)), index.FindByTag(Tag.Parse("hardware.gpu.vendor:nvidia")));
            var key = TagKey.Parse("hardware.memory_gb");
            Assert.Equal(model.Where(m => m.Value.Tags.Any(t => t.Is(key))).Select(m => new NodeId(m.Key)), index.FindByKey(key));
            Assert.Equal(model.Values.SelectMany(s => s.Tags).Where(t => t.Is(key)).Select(t => t.Value).Distinct().Count(), index.DistinctValues(key));
            Assert.Equal(model.Keys.Select(k => new NodeId(k)), index.Snapshot().Select(a => a.NodeId));
            foreach (ulong node in model.Keys.ToArray())
                index.Evict(new(node));
            Assert.Equal(0, index.DistinctValues(key));
            Assert.Empty(index.FindNodes(CapabilityFilter.Any));
        }, iter: 40);
    }

    [Fact]
    public void Texts_that_look_like_models_tools_and_gpus_do_not_count_as_such()
    {
        CapabilityIndex index = New();
        index.Apply(Of(1, 1, "model:llama3", "gpu:present", "tool:search", "software.model.0.id", "software.model.id=llama3"));
        Assert.Empty(index.FindNodes(Filter.RequireModel("llama3")));
        Assert.Empty(index.FindNodes(Filter.RequireTool("search")));
        Assert.Empty(index.FindNodes(Filter.RequireGpu()));
        Assert.Single(index.FindNodes(Filter.RequireTag("model:llama3")));
    }

    [Fact]
    public void Scopes_narrow_a_query()
    {
        CapabilityIndex index = New();
        index.Apply(Of(1, 1, "a", "scope:tenant:t"));
        index.Apply(Of(2, 1, "a"));
        index.Apply(Of(3, 1, "a", "scope:subnet-local"));
        index.Apply(Of(4, 1, "a", "scope:region:r"));
        index.Apply(Of(Self.Value, 1, "a", "scope:subnet-local"));
        CapabilityFilter filter = Filter.RequireTag("a");
        Assert.Equal([1, 2], Ids(index.FindNodes(filter, ScopeFilter.Tenant("t"))));
        Assert.Equal([2, 4], Ids(index.FindNodes(filter, ScopeFilter.Region("r"))));
        Assert.Equal([1, 2, 4], Ids(index.FindNodes(filter, ScopeFilter.Any)));
        Assert.Equal([2], Ids(index.FindNodes(filter, ScopeFilter.GlobalOnly)));
        Assert.Equal([Self.Value], Ids(index.FindNodes(filter, ScopeFilter.SameSubnet)));
        Assert.Equal([3, Self.Value], Ids(index.FindNodes(filter, ScopeFilter.SameSubnet, node => node.Value == 3)));
    }

    [Fact]
    [Trait("spec", "04 T20")]
    [Trait("spec", "04 T32")]
    public void The_best_node_passes_the_whole_filter_and_of_equals_has_the_lowest_id()
    {
        CapabilityIndex index = New();
        index.Apply(Of(1, 1, "hardware.gpu", "hardware.gpu.vram_gb=80", "software.model.0.id=m", "software.model.0.modalities=text"));
        index.Apply(Of(3, 1, "hardware.gpu", "hardware.gpu.vram_gb=24", "software.model.0.id=m", "software.model.0.modalities=image"));
        index.Apply(Of(2, 1, "hardware.gpu", "hardware.gpu.vram_gb=24", "software.model.0.id=m", "software.model.0.modalities=image"));
        Assert.Equal(new NodeId(1), index.FindBestNode(new(Filter.RequireGpu()) { VramWeight = 1 }));
        Assert.Equal(new NodeId(2), index.FindBestNode(new(Filter.RequireModality(Modality.Image)) { VramWeight = 1 }));
        Assert.Null(index.FindBestNode(new(Filter.RequireModality(Modality.Audio)) { VramWeight = 1 }));
        Assert.Null(index.FindBestNode(new(Filter.RequireGpu()), ScopeFilter.SameSubnet));
    }

    [Fact]
    public void Holders_of_a_chain_are_told_apart_by_the_whole_hash_and_come_nearest_first()
    {
        var origin = new OriginHash(0xAA);
        CapabilityIndex index = New();
        index.Apply(Of(5, 1, "causal:00000000000000aa"));
        index.Apply(Of(4, 1, "causal:00000000000000aa:9"));
        index.Apply(Of(3, 1, "causal:00000000000000aa[1..9]"));
        index.Apply(Of(2, 1, "causal:00000000000000aabb"));
        index.Apply(Of(Self.Value, 1, "causal:00000000000000aa"));
        Assert.Equal([Self.Value, 4, 3, 5], Ids(index.FindChainHolders(origin, node => node.Value == 4 ? TimeSpan.FromMilliseconds(1) : null)));
        index.Apply((Of(4, 2) with { Capabilities = index.CapabilitiesOf(new(4)).WithoutChain(origin) }));
        Assert.Equal([Self.Value, 3, 5], Ids(index.FindChainHolders(origin, _ => null)));
    }

    [Fact]
    public void Lists_say_who_may_execute()
    {
        var tag = Tag.Parse("nrpc:echo");
        var subnet = new CapabilitySubnetId(Enumerable.Repeat((byte)7, 16).ToArray());
        var group = new CapabilityGroupId(Enumerable.Repeat((byte)9, 32).ToArray());
        CapabilityIndex index = New();
        index.Apply(Of(2, 1, subnet.ToTag().Text));
        index.Apply(Of(3, 1, group.ToTag().Text, "group:" + new string('A', 64)));
        index.Apply(Of(4, 1, subnet.ToTag().Text, "subnet:" + new string('a', 32)));
        index.Apply(Of(5, 1, "group:" + new string('A', 64)));
        bool May(ulong caller) => index.MayExecute(new(1), tag, new(caller));

        Assert.False(May(2)); // nothing known of the target
        index.Apply(Of(1, 1, tag.Text));
        Assert.All(new ulong[] { 2, 3, 4, 99 }, caller => Assert.True(May(caller)));
        Assert.False(index.MayExecute(new(1), Tag.Parse("nrpc:other"), new(2)));
        index.Apply(Of(1, 2, tag.Text) with { AllowedNodes = [new(99)] });
        Assert.Equal([99ul], new ulong[] { 2, 3, 4, 5, 99 }.Where(May));
        index.Apply(Of(1, 3, tag.Text) with { AllowedSubnets = [subnet] });
        Assert.Equal([2ul], new ulong[] { 2, 3, 4, 5, 99 }.Where(May)); // 4 names two subnets, so it is of none
        index.Apply(Of(1, 4, tag.Text) with { AllowedGroups = [group] });
        Assert.Equal([3ul], new ulong[] { 2, 3, 4, 5, 99 }.Where(May));
        index.Apply(Of(1, 5));
        Assert.False(May(3));
    }

    [Fact]
    public async Task A_watcher_sees_who_matches_and_every_change_after()
    {
        CapabilityIndex index = New();
        index.Apply(Of(1, 1, "a"));
        index.Apply(Of(2, 1, "b"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using IAsyncEnumerator<NodeChange> changes = index.WatchAsync(Filter.RequireTag("a"), stop.Token).GetAsyncEnumerator(stop.Token);
        async Task<(ulong, NodeChangeKind)> Next()
        {
            Assert.True(await changes.MoveNextAsync());
            return (changes.Current.Node.Value, changes.Current.Kind);
        }

        Assert.Equal((1ul, NodeChangeKind.Joined), await Next());
        index.Apply(Of(2, 2, "a"));
        Assert.Equal((2ul, NodeChangeKind.Joined), await Next());
        index.Apply(Of(1, 2, "a")); // says the same again
        index.Apply(Of(2, 3, "a", "b"));
        Assert.Equal((2ul, NodeChangeKind.Changed), await Next());
        index.Apply(Of(1, 3, "b"));
        index.Evict(new(2));
        Assert.Equal((1ul, NodeChangeKind.Left), await Next());
        Assert.Equal((2ul, NodeChangeKind.Left), await Next());
        Assert.Equal(7, index.ChangeCount);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await changes.MoveNextAsync());
    }

    [Fact]
    public async Task A_watcher_that_fell_far_behind_looks_at_all_nodes_anew()
    {
        CapabilityIndex index = New(new() { MaxNodes = 4 });
        await using IAsyncEnumerator<NodeChange> changes = index.WatchAsync(CapabilityFilter.Any, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        index.Apply(Of(1, 1, "a"));
        Assert.True(await changes.MoveNextAsync());
        for (ulong node = 2; node < 20; node++)
        {
            index.Apply(Of(node, 1, "a"));
            if (node < 17)
                index.Evict(new(node));
        }
        index.Evict(new(1));
        var seen = new List<(ulong, NodeChangeKind)>();
        while (seen.Count < 4 && await changes.MoveNextAsync())
            seen.Add((changes.Current.Node.Value, changes.Current.Kind));
        Assert.Equal([(1, NodeChangeKind.Left), (17, NodeChangeKind.Joined), (18, NodeChangeKind.Joined), (19, NodeChangeKind.Joined)], seen);
    }

    [Fact]
    public void A_selective_query_looks_at_its_answer_and_not_at_the_mesh()
    {
        CapabilityIndex index = New();
        for (ulong node = 1; node <= 3000; node++)
            index.Apply(Of(node, 1, "common", node == 77 ? "rare" : "other"));
        var found = new List<NodeId>();
        CapabilityFilter filter = Filter.RequireTag("rare").RequireTag("common");
        index.FindNodes(filter, found);
        long before = GC.GetAllocatedBytesForCurrentThread();
        index.FindNodes(filter, found);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal([new NodeId(77)], found);
    }

    private static CapabilityFilter Filter => CapabilityFilter.Any;

    private static ulong[] Ids(IEnumerable<NodeId> nodes) => [.. nodes.Select(n => n.Value)];

    private static ulong[] Find(CapabilityIndex index, string tag) => Ids(index.FindNodes(Filter.RequireTag(tag)));

    private static CapabilityAnnouncement Of(ulong node, ulong version, params string[] tags) => new()
    {
        NodeId = new(node),
        EntityId = Samples.Signer.EntityId,
        Version = version,
        TimestampNs = 1,
        Capabilities = CapabilitySet.FromTags(tags),
    };

    private CapabilityIndex New(CapabilityIndexOptions? options = null) => new(Self, options ?? new(), _clock);
}
