using Net.Mesh.Channels;
using Net.Mesh.Node;
using Net.Mesh.Subnets;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities.Tests.Mesh;

public sealed class AnnounceTests
{
    private static readonly CapabilityFilter Gpu = new CapabilityFilter().RequireGpu();
    private static readonly CapabilitySet GpuSet = new CapabilitySet().WithHardware(hardware => hardware.MemoryGb(64).Gpu(GpuVendor.Nvidia, "RTX 4090", vramGb: 24));

    [Fact]
    public async Task What_a_node_announces_is_found_by_its_peer_and_by_itself()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet.WithTag("model:llama3-70b").WithMetadata("intent", "training"));
        Assert.Equal([cluster[0].NodeId], cluster[0].Capabilities.FindNodes(Gpu));
        cluster.Run(Seconds(1));
        Assert.Equal([cluster[0].NodeId], cluster[1].Capabilities.FindNodes(Gpu));
        Assert.Equal([cluster[0].NodeId], cluster[1].Capabilities.FindNodes(new CapabilityFilter().RequireTag("model:llama3-70b")));
        Assert.Equal([cluster[0].NodeId], cluster[1].Capabilities.FindNodes(Predicate.AtLeast("hardware.memory_gb", 64)));
        Assert.Empty(cluster[1].Capabilities.FindNodes(new CapabilityFilter().MinVramGb(32)));
        Assert.Equal(cluster[0].NodeId, cluster[1].Capabilities.FindByOrigin(cluster[0].Identity.OriginHash));
    }

    [Fact]
    [Trait("spec", "04 T28")]
    public async Task An_announcement_goes_from_node_to_node_and_teaches_the_way()
    {
        await using MeshTestCluster cluster = await StartAsync(4);
        await cluster.ConnectLineAsync();
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal([cluster[0].NodeId], cluster[i].Capabilities.FindNodes(Gpu)));
        Assert.True(cluster[3].Routes.TryLookup(cluster[0].NodeId, out _));
    }

    [Fact]
    public async Task In_a_diamond_each_node_passes_an_announcement_on_once_and_takes_it_once()
    {
        await using MeshTestCluster cluster = await StartAsync(4);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(0, 2);
        await cluster.ConnectAsync(1, 3);
        await cluster.ConnectAsync(2, 3);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        Assert.Equal([cluster[0].NodeId], cluster[3].Capabilities.FindNodes(Gpu));
        Assert.Equal(1, cluster[3].Capabilities.Statistics.Received[AnnouncementOutcome.Accepted]);
        Assert.Equal(1, cluster[1].Capabilities.Statistics.Forwarded);
    }

    [Fact]
    public async Task A_peer_that_joins_later_is_told_at_once()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(30));
        await cluster.ConnectAsync(1, 0);
        cluster.Run(Seconds(1));
        Assert.Equal([cluster[0].NodeId], cluster[1].Capabilities.FindNodes(Gpu));
    }

    [Fact]
    public async Task Of_a_burst_the_first_and_the_last_go_out()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        for (int i = 0; i < 10; i++)
            await cluster[0].Capabilities.AnnounceAsync(new CapabilitySet().WithTag($"step:{i}"));
        Assert.True(cluster[0].Capabilities.Get(cluster[0].NodeId)!.HasTag("step:9"));
        cluster.Run(Seconds(1));
        Assert.True(cluster[1].Capabilities.Get(cluster[0].NodeId)!.HasTag("step:0"));
        cluster.Run(Seconds(10));
        Assert.True(cluster[1].Capabilities.Get(cluster[0].NodeId)!.HasTag("step:9"));
        Assert.Equal(2, cluster[0].Capabilities.Statistics.Sent);
    }

    [Fact]
    [Trait("spec", "04 T12")]
    public async Task What_is_announced_again_by_itself_keeps_its_lists_and_changes_do_not_get_lost()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet, new AnnounceOptions { Ttl = TimeSpan.FromSeconds(400), AllowedNodes = [cluster[1].NodeId] });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => cluster[0].Capabilities.UpdateAsync(set => set.WithTag($"t:{i}")).AsTask())));
        Assert.Equal(20, cluster[0].Capabilities.Announced.Tags.Count(tag => tag.ToString().StartsWith("t:", StringComparison.Ordinal)));
        cluster.Run(Seconds(200));
        Assert.True(cluster[1].Capabilities.Index.TryGet(cluster[0].NodeId, out CapabilityAnnouncement? entry));
        Assert.Equal([cluster[1].NodeId], entry.AllowedNodes);
        Assert.Equal(400u, entry.TtlSeconds);
    }

    [Fact]
    public async Task An_announcement_ends_with_its_time_unless_it_is_made_again()
    {
        await using MeshTestCluster cluster = await StartAsync(2, options => options.ReannounceInterval = Timeout.InfiniteTimeSpan);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet, new AnnounceOptions { Ttl = TimeSpan.FromSeconds(5) });
        cluster.Run(Seconds(3));
        Assert.Single(cluster[1].Capabilities.FindNodes(Gpu));
        cluster.Run(Seconds(3));
        Assert.Empty(cluster[1].Capabilities.FindNodes(Gpu));

        await using MeshTestCluster again = await StartAsync(2);
        await again.ConnectAsync(0, 1);
        await again[0].Capabilities.AnnounceAsync(GpuSet);
        again.Run(Seconds(1000));
        Assert.Single(again[1].Capabilities.FindNodes(Gpu));
    }

    [Fact]
    [Trait("spec", "04 T6")]
    public async Task A_node_that_restarted_is_heard_at_once()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        await cluster.RestartAsync(0);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(new CapabilitySet().WithTag("fresh"));
        cluster.Run(Seconds(1));
        Assert.True(cluster[1].Capabilities.Get(cluster[0].NodeId)!.HasTag("fresh"));
        Assert.Empty(cluster[1].Capabilities.FindNodes(Gpu));
    }

    [Fact]
    [Trait("spec", "04 T13")]
    public async Task A_peer_that_fails_is_forgotten_and_one_that_recovers_is_known_again_at_once()
    {
        await using MeshTestCluster cluster = await StartAsync(2, node: options => options.SessionTimeout = Seconds(6));
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        cluster.Partition([0], [1]);
        cluster.RunUntil(() => cluster[1].Capabilities.FindNodes(Gpu).Count == 0, Seconds(40));
        cluster.Heal();
        cluster.RunUntil(() => cluster[1].Capabilities.FindNodes(Gpu).Count == 1, Seconds(20));
    }

    [Fact]
    public async Task A_filter_can_be_watched()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        var changes = new List<NodeChange>();
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        Task watching = Task.Run(async () =>
        {
            await foreach (NodeChange change in cluster[1].Capabilities.WatchAsync(Gpu, stop.Token))
            {
                changes.Add(change);
                joined.TrySetResult();
                if (changes.Count == 2)
                    return;
            }
        });
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        await cluster.RunUntilCompletedAsync(joined.Task, Seconds(30));
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.Empty);
        await cluster.RunUntilCompletedAsync(watching, Seconds(30));
        Assert.Equal([(cluster[0].NodeId, NodeChangeKind.Joined), (cluster[0].NodeId, NodeChangeKind.Left)], changes.Select(change => (change.Node, change.Kind)));
    }

    [Fact]
    public async Task What_does_not_fit_into_a_packet_is_refused_with_its_size()
    {
        await using MeshTestCluster cluster = await StartAsync(1);
        CapabilitySet large = CapabilitySet.FromTags(Enumerable.Range(0, 1000).Select(i => $"tag:{i:0000000000}"));
        CapabilityException refused = await Assert.ThrowsAsync<CapabilityException>(async () => await cluster[0].Capabilities.AnnounceAsync(large));
        Assert.Equal("announcement-too-large", refused.Kind);
        Assert.Null(cluster[0].Capabilities.Get(cluster[0].NodeId));
    }

    [Fact]
    [Trait("spec", "03 I10")]
    [Trait("spec", "03 I11")]
    [Trait("spec", "04 T14")]
    public async Task Forged_foreign_and_unsigned_announcements_change_nothing()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        using Identity stranger = Identity.Generate();
        var versions = new AnnouncementVersions(cluster.Time);
        CapabilityAnnouncement Of(Identity identity) => CapabilityAnnouncement.Create(identity, versions.Next(), GpuSet, TimeSpan.FromMinutes(5), cluster.Time);
        void Send(CapabilityAnnouncement announcement) =>
            Assert.Equal(SendStatus.Sent, cluster[0].Context.Send(cluster[1].NodeId, SubprotocolId.CapabilityAnnouncement, announcement.ToBytes()));

        Send(Of(cluster[0].Identity));                                                          // unsigned
        Send(Of(stranger).Sign(stranger));                                                      // another node's, as if it came from there
        Send(Of(stranger).Sign(stranger) with { NodeId = cluster[0].NodeId });                  // our node id under another key
        Send(Of(cluster[0].Identity).Sign(cluster[0].Identity) with { Capabilities = CapabilitySet.FromTags("a") }); // tampered with
        cluster[0].Context.Send(cluster[1].NodeId, SubprotocolId.CapabilityAnnouncement, "{"u8.ToArray());
        cluster.Run(Seconds(1));
        Assert.Empty(cluster[1].Capabilities.FindNodes(CapabilityFilter.Any));
        IReadOnlyDictionary<AnnouncementOutcome, long> outcomes = cluster[1].Capabilities.Statistics.Received;
        Assert.Equal(0, outcomes[AnnouncementOutcome.Accepted]);
        Assert.Equal(1, outcomes[AnnouncementOutcome.NotSigned]);
        Assert.Equal(1, outcomes[AnnouncementOutcome.WrongSender]);
        Assert.Equal(2, outcomes[AnnouncementOutcome.BadSignature]);
        Assert.Equal(1, outcomes[AnnouncementOutcome.Undecodable]);
    }

    [Fact]
    public async Task Channels_ask_for_capabilities_and_for_subnets_that_were_announced()
    {
        SubnetPolicy policy = new SubnetPolicy().Map("region:", level: 0, ("us", 1), ("eu", 2));
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 1, null, (index, builder) => builder
            .WithCapabilities().WithChannels().WithSubnetPolicy(policy).WithSubnet(index == 2 ? SubnetId.Of(2) : SubnetId.Of(1)));
        await cluster.ConnectAllAsync();
        cluster[0].Channels.Register(new("local") { Visibility = Visibility.SubnetLocal });
        cluster[0].Channels.Register(new("gpu") { SubscribeCaps = Gpu });
        await cluster[1].Capabilities.AnnounceAsync(GpuSet.WithTag("region:us"));
        await cluster[2].Capabilities.AnnounceAsync(new CapabilitySet().WithTag("region:eu"));
        cluster.Run(Seconds(1));
        Assert.Equal(SubnetId.Of(1), cluster[0].Subnets.Of(cluster[1].NodeId));

        await SubscribeAsync(1, "local");
        await SubscribeAsync(1, "gpu");
        Assert.Equal(AckReason.Unauthorized, (await Assert.ThrowsAsync<ChannelRejectedException>(() => SubscribeAsync(2, "local"))).Reason);
        Assert.Equal(AckReason.Unauthorized, (await Assert.ThrowsAsync<ChannelRejectedException>(() => SubscribeAsync(2, "gpu"))).Reason);

        async Task SubscribeAsync(int node, ChannelName channel)
        {
            Task<ChannelSubscription> subscribing = cluster[node].Channels.SubscribeAsync(cluster[0].NodeId, channel);
            await cluster.RunUntilCompletedAsync(subscribing, Seconds(10));
            await subscribing;
        }
    }

    [Fact]
    [Trait("spec", "04 T10")]
    public async Task A_peer_behind_a_relay_is_sent_its_own_copy_and_the_relay_no_second_one()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(1, 2);
        await cluster.ConnectAsync(0, 2, via: 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        Assert.Equal(2, cluster[0].Capabilities.Statistics.Sent);
        // Straight from its node, and once more by the relay.
        Assert.Equal(2, cluster[2].Capabilities.Statistics.Received[AnnouncementOutcome.Accepted]);
        IReadOnlyDictionary<AnnouncementOutcome, long> atRelay = cluster[1].Capabilities.Statistics.Received;
        Assert.Equal((1, 0, 0), (atRelay[AnnouncementOutcome.Accepted], atRelay[AnnouncementOutcome.Duplicate], atRelay[AnnouncementOutcome.WrongSender]));
    }

    [Fact]
    [Trait("spec", "04 T26")]
    public async Task What_is_over_goes_within_half_a_second_whatever_the_memory_of_announcements_is_told()
    {
        await using MeshTestCluster cluster = await StartAsync(2, options => (options.GcInterval, options.ReannounceInterval) = (Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet, new AnnounceOptions { Ttl = Seconds(2) });
        cluster.Run(Seconds(1.5));
        Assert.Single(cluster[1].Capabilities.FindNodes(Gpu));
        cluster.Run(Seconds(1.1));
        Assert.Empty(cluster[1].Capabilities.FindNodes(Gpu));
    }

    [Fact]
    [Trait("spec", "04 T33")]
    public async Task The_origin_of_a_node_is_known_from_itself_and_not_from_what_others_pass_on()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await cluster.ConnectLineAsync();
        await cluster[0].Capabilities.AnnounceAsync(GpuSet);
        cluster.Run(Seconds(1));
        Assert.Equal(cluster[0].NodeId, cluster[1].Capabilities.FindByOrigin(cluster[0].Identity.OriginHash));
        Assert.Equal([cluster[0].NodeId], cluster[2].Capabilities.FindNodes(Gpu));
        Assert.Null(cluster[2].Capabilities.FindByOrigin(cluster[0].Identity.OriginHash));
    }

    [Fact]
    [Trait("spec", "04 T20")]
    [Trait("spec", "04 T32")]
    public async Task The_best_node_has_everything_that_is_asked_for_and_is_scored_by_all_that_it_says()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await cluster.ConnectAllAsync();
        // More memory, and not what is asked for.
        await cluster[0].Capabilities.AnnounceAsync(CapabilitySet.FromTags("hardware.memory_gb=256", "software.model.0.id=a", "software.model.0.context_length=4096", "software.model.0.modalities=text"));
        await cluster[1].Capabilities.AnnounceAsync(CapabilitySet.FromTags("hardware.memory_gb=16", "software.model.0.id=b", "software.model.0.context_length=32768", "software.model.0.modalities=text,image"));
        await cluster[2].Capabilities.AnnounceAsync(CapabilitySet.FromTags("hardware.memory_gb:32", "software.model.0.id=c", "software.model.0.context_length=32768", "software.model.0.modalities=image"));
        cluster.Run(Seconds(1));
        CapabilityFilter filter = new CapabilityFilter().MinContextLength(10_000).RequireModality(Modality.Image);
        Assert.Equal(cluster[2].NodeId, cluster[0].Capabilities.FindBestNode(new(filter) { MemoryWeight = 1 }));
        Assert.Null(cluster[0].Capabilities.FindBestNode(new(filter.RequireModality(Modality.Audio))));
    }

    [Fact]
    [Trait("spec", "04 T22")]
    public async Task A_node_of_several_regions_is_found_by_each_of_them()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        await cluster[0].Capabilities.AnnounceAsync(GpuSet.WithRegionScope("us").WithRegionScope("eu").WithTenantScope("oem-123"));
        cluster.Run(Seconds(1));
        foreach (ScopeFilter scope in new[] { ScopeFilter.Region("us"), ScopeFilter.Region("eu"), ScopeFilter.Regions("asia", "eu"), ScopeFilter.Tenant("oem-123"), ScopeFilter.Any })
            Assert.Equal([cluster[0].NodeId], cluster[1].Capabilities.FindNodes(Gpu, scope));
        foreach (ScopeFilter scope in new[] { ScopeFilter.Region("asia"), ScopeFilter.Tenant("other"), ScopeFilter.GlobalOnly })
            Assert.Empty(cluster[1].Capabilities.FindNodes(Gpu, scope));
    }

    [Fact]
    [Trait("spec", "04 T29")]
    public void The_modalities_are_those_of_the_reference()
    {
        CapabilitySet set = CapabilitySet.FromTags("software.model.0.id=m", "software.model.0.modalities=text,image,audio,video,code,embedding,tool_use");
        Assert.Equal(
            [Modality.Text, Modality.Image, Modality.Audio, Modality.Video, Modality.Code, Modality.Embedding, Modality.ToolUse],
            set.Views.Models.Single().Modalities);
        Assert.Equal(set, new CapabilitySet().AddModel(set.Views.Models.Single()));
    }

    /// <summary>Anybody may claim a GPU; who must be kept out needs to lack a token.</summary>
    [Fact]
    [Trait("spec", "04 T24")]
    public async Task Whoever_claims_what_a_channel_asks_for_is_matched_and_still_needs_the_token()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 1, null, static (_, builder) => builder.WithCapabilities().WithChannels());
        await cluster.ConnectAsync(0, 1);
        cluster[0].Channels.Register(new("open") { SubscribeCaps = Gpu });
        cluster[0].Channels.Register(new("closed") { SubscribeCaps = Gpu, RequireToken = true });
        await cluster[1].Capabilities.AnnounceAsync(CapabilitySet.FromTags("hardware.gpu"));
        cluster.Run(Seconds(1));
        Task<ChannelSubscription> open = cluster[1].Channels.SubscribeAsync(cluster[0].NodeId, "open");
        await cluster.RunUntilCompletedAsync(open, Seconds(10));
        Task<ChannelSubscription> closed = cluster[1].Channels.SubscribeAsync(cluster[0].NodeId, "closed");
        ChannelRejectedException refused = await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.RunUntilCompletedAsync(closed, Seconds(10)));
        Assert.Equal(AckReason.Unauthorized, refused.Reason);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static Task<MeshTestCluster> StartAsync(int nodes, Action<CapabilityOptions>? configure = null, Action<MeshNodeOptions>? node = null) =>
        MeshTestCluster.StartAsync(nodes, 1, null, (_, builder) => builder.WithCapabilities(configure).Configure(options => node?.Invoke(options)));
}
