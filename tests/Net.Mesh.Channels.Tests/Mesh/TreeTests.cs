using Net.Mesh.Testing;

namespace Net.Mesh.Channels.Tests.Mesh;

public sealed class TreeTests
{
    private static readonly ChannelName Root = "sensors";

    [Fact]
    public async Task A_tree_follows_what_is_offered_below_its_name_at_every_publisher_also_later_ones()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        Offer(cluster, 0, "sensors/temp");
        cluster[0].Channels.Register(new("sensors/hidden"));
        Offer(cluster, 0, "sensorships");
        await using ChannelTree tree = cluster[2].Channels.SubscribeTree(Root);
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        Offer(cluster, 1, "sensors/hall/3");
        Offer(cluster, 1, "sensors");
        await UntilAsync(cluster, () => tree.Channels.Count == 3);
        Assert.Equal([cluster[1].NodeId], cluster[2].Channels.FindPublishers("sensors/hall/3"));

        foreach ((int node, string channel) in new[] { (0, "sensors/temp"), (0, "sensors/hidden"), (0, "sensorships"), (1, "sensors/hall/3"), (1, "sensors") })
            await cluster.PublishAsync(node, channel, $"{node} {channel}");
        Assert.Equal(["0 sensors/temp", "1 sensors", "1 sensors/hall/3"], (await ReadAsync(cluster, tree, 3)).Select(message => message.GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_offered_no_more_is_left_and_what_is_offered_again_is_followed_again()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        Offer(cluster, 0, "sensors/temp");
        await using ChannelTree tree = cluster[1].Channels.SubscribeTree(Root);
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        Assert.True(cluster[0].Channels.Unregister("sensors/temp"));
        await UntilAsync(cluster, () => tree.Channels.Count == 0 && cluster[0].Channels.Subscribers("sensors/temp").Count == 0);
        Offer(cluster, 0, "sensors/temp");
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        await cluster.PublishAsync(0, "sensors/temp", "again");
        Assert.Equal("again", (await ReadAsync(cluster, tree, 1)).Single().GetString());
    }

    [Fact]
    public async Task A_publisher_that_failed_is_followed_again_when_it_is_back()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        Offer(cluster, 0, "sensors/temp");
        await using ChannelTree tree = cluster[1].Channels.SubscribeTree(Root);
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        cluster.Crash(0);
        await UntilAsync(cluster, () => tree.Channels.Count == 0);
        await cluster.RestartAsync(0);
        Offer(cluster, 0, "sensors/temp");
        await cluster.ConnectAsync(1, 0);
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        await cluster.PublishAsync(0, "sensors/temp", "back");
        Assert.Equal("back", (await ReadAsync(cluster, tree, 1)).Single().GetString());
    }

    [Fact]
    public async Task A_channel_that_refuses_the_tree_holds_up_no_other_and_disposing_leaves_all()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        cluster[0].Channels.Register(new("sensors/closed") { IsOffered = true, RequireToken = true });
        Offer(cluster, 0, "sensors/open");
        ChannelTree tree = cluster[1].Channels.SubscribeTree(Root);
        await UntilAsync(cluster, () => tree.Channels.Count == 1);
        Assert.Equal("sensors/open", tree.Channels.Single().Value.ToString());
        await cluster.RunUntilCompletedAsync(tree.DisposeAsync().AsTask(), ChannelMesh.Limit);
        Assert.Empty(await ReadAsync(cluster, tree, 1));
        await UntilAsync(cluster, () => cluster[0].Channels.Subscribers("sensors/open").Count == 0);
    }

    [Fact]
    public async Task Channels_under_a_registered_prefix_are_there_without_being_named()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        cluster[0].Channels.RegisterPrefix("jobs/", new ChannelConfig("jobs") { RequireToken = true });
        PermissionToken token = cluster[0].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, "jobs/7", TimeSpan.FromMinutes(5));
        await using ChannelSubscription job = await cluster.SubscribeAsync(1, 0, "jobs/7", new() { Token = token });
        await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(1, 0, "jobs/8", new() { Token = token }));
        await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(1, 0, "others/7"));
        Assert.Equal(1, (await cluster.PublishAsync(0, "jobs/7", "run")).Delivered);
    }

    private static void Offer(MeshTestCluster cluster, int node, ChannelName channel) => cluster[node].Channels.Register(new(channel) { IsOffered = true });

    private static async Task<MeshTestCluster> StartAsync(int nodes)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, 1, null, static (_, builder) => builder
            .WithChannels().WithCapabilities(static options => options.MinAnnounceInterval = TimeSpan.FromSeconds(1)));
        await cluster.ConnectAllAsync();
        return cluster;
    }

    private static async Task UntilAsync(MeshTestCluster cluster, Func<bool> condition)
    {
        Task waiting = WaitAsync();
        await cluster.RunUntilCompletedAsync(waiting, ChannelMesh.Limit);

        async Task WaitAsync()
        {
            while (!condition())
                await Task.Delay(TimeSpan.FromMilliseconds(100), cluster.Time);
        }
    }

    private static async Task<List<ChannelMessage>> ReadAsync(MeshTestCluster cluster, ChannelTree tree, int count)
    {
        var read = new List<ChannelMessage>();
        await cluster.RunUntilCompletedAsync(ReadAllAsync(), ChannelMesh.Limit);
        return read;

        async Task ReadAllAsync()
        {
            await foreach (ChannelMessage message in tree.ReadAllAsync())
            {
                read.Add(message);
                if (read.Count == count)
                    return;
            }
        }
    }
}
