using System.Text;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Channels.Tests.Mesh;

public sealed class PublishTests
{
    // Virtual time may run ahead of the threads that the publish waits on.
    private static readonly PublishOptions Reliably = new() { Reliability = Reliability.Reliable, Patience = TimeSpan.FromMinutes(30) };

    [Fact]
    public async Task What_is_published_arrives_at_whoever_subscribed_with_its_publisher_and_origin()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(3);
        cluster[0].Channels.Register(new("sensors/temp"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "sensors/temp");
        Assert.Equal(SubscriptionState.Active, subscription.State);
        Assert.Equal([cluster[1].NodeId], cluster[0].Channels.Subscribers("sensors/temp"));

        PublishReport report = await cluster.PublishAsync(0, "sensors/temp", "22.5");
        Assert.True(report.AllDelivered);
        Assert.Equal(1, report.Attempted);
        ChannelMessage message = (await cluster.ReadAsync(subscription, 1)).Single();
        Assert.Equal("22.5", message.GetString());
        Assert.Equal(cluster[0].NodeId, message.Publisher);
        Assert.Equal(cluster[0].Identity.OriginHash, message.Origin);
        Assert.Equal("sensors/temp", message.Channel);
        Assert.False(message.FollowsGap);
        cluster.Run(ChannelMesh.Seconds(1));
        Assert.Empty(cluster[2].Receive(10));
    }

    [Fact]
    public async Task A_channel_without_subscribers_gives_an_empty_report()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        PublishReport report = await cluster.PublishAsync(0, "quiet", "hello");
        Assert.True(report.IsEmpty);
        Assert.True(report.AllDelivered);
    }

    [Fact]
    public async Task Several_messages_share_packets_and_keep_their_order()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Range(0, 5000).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($"{i}"))];
        PublishReport report = await cluster.RunAsync(cluster[0].Channels.PublishManyAsync("a", batch, Reliably).AsTask());
        Assert.True(report.AllDelivered);
        List<ChannelMessage> read = await cluster.ReadAsync(subscription, 5000);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => $"{i}"), read.Texts());
        Assert.InRange(read.Select(message => message.Sequence).Distinct().Count(), 2, 20);
    }

    [Theory]
    [Trait("spec", "03 T2")]
    [InlineData(0.1, 1)]
    [InlineData(0.3, 2)]
    public async Task A_reliable_publish_arrives_whatever_is_lost(double loss, int seed)
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2, seed, new LinkProfile { Loss = loss, Latency = TimeSpan.FromMilliseconds(5) });
        cluster[0].Channels.Register(new("a") { Reliable = true });
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        for (int i = 0; i < 300; i++)
            Assert.True((await cluster.PublishAsync(0, "a", $"{i}", Reliably)).AllDelivered);
        List<ChannelMessage> read = await cluster.ReadAsync(subscription, 300);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), read.Texts());
        Assert.Equal(0, subscription.Gaps);
    }

    [Fact]
    [Trait("spec", "03 T2")]
    public async Task What_is_sent_again_carries_the_channel_and_the_origin_too()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        ulong stream = StreamIds.ForChannel(((ChannelName)"a").Hash.Value);
        var seen = new List<PacketHeader>();
        cluster.Network.Filter = (in TappedDatagram datagram) =>
        {
            if (!PacketHeader.TryParse(datagram.Bytes, out PacketHeader header) || header.StreamId != stream)
                return true;
            seen.Add(header);
            return seen.Count > 1;
        };
        await cluster.PublishAsync(0, "a", "once", Reliably);
        Assert.Equal(["once"], (await cluster.ReadAsync(subscription, 1)).Texts());
        Assert.True(seen.Count >= 2);
        Assert.All(seen, header =>
        {
            Assert.Equal(((ChannelName)"a").WireHash, header.ChannelHash);
            Assert.Equal(cluster[0].Identity.OriginHash.Value, header.OriginHash);
        });
    }

    [Fact]
    [Trait("spec", "03 T1")]
    public async Task Nothing_but_publishes_carries_a_channel_hash()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        cluster[1].Channels.Register(new("b"));
        var stale = new List<PacketHeader>();
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (PacketHeader.TryParse(datagram.Bytes, out PacketHeader header) && header.ChannelHash != 0 && !StreamIds.IsChannel(header.StreamId))
                stale.Add(header);
        };
        await using ChannelSubscription one = await cluster.SubscribeAsync(1, 0, "a");
        await cluster.PublishAsync(0, "a", "x");
        await using ChannelSubscription other = await cluster.SubscribeAsync(0, 1, "b");
        Assert.Equal(SendStatus.Sent, cluster[0].Send(cluster[1].NodeId, "raw"u8.ToArray()));
        MeshStream stream = cluster[0].Streams.Open(cluster[1].NodeId, 7);
        Assert.Equal(SendStatus.Sent, await stream.TrySendAsync("stream"u8.ToArray()));
        cluster.Run(ChannelMesh.Seconds(10));
        Assert.Empty(stale);
    }

    [Fact]
    public async Task A_publish_larger_than_a_packet_and_than_the_window_arrives_whole()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        byte[] large = new byte[3_000_000];
        new Random(5).NextBytes(large);
        Task<PublishReport> publishing = cluster[0].Channels.PublishAsync("a", large, Reliably).AsTask();
        Assert.Equal(large, (await cluster.ReadAsync(subscription, 1)).Single().Payload.ToArray());
        PublishReport report = await cluster.RunAsync(publishing);
        Assert.True(report.AllDelivered, report.Errors.FirstOrDefault().Message);
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_is_reported_and_the_others_get_everything()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(3, channels: options => options.WindowBytes = 65_536);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription quick = await cluster.SubscribeAsync(1, 0, "a");
        await using ChannelSubscription slow = await cluster.SubscribeAsync(2, 0, "a");
        string text = new('x', 8000);
        int refused = 0;
        for (int i = 0; i < 400 && refused == 0; i++)
        {
            PublishReport report = await cluster.PublishAsync(0, "a", text, Reliably with { Patience = TimeSpan.FromMilliseconds(50), OnFailure = OnFailure.Collect });
            Assert.Single(await cluster.ReadAsync(quick, 1));
            if (report.AllDelivered)
                continue;
            PublishError error = Assert.Single(report.Errors);
            Assert.Equal(cluster[2].NodeId, error.Peer);
            Assert.Equal(SendStatus.Backpressure, error.Status);
            refused++;
        }
        Assert.Equal(1, refused);
    }

    [Fact]
    public async Task The_members_of_a_queue_group_share_what_is_published()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(4);
        cluster[0].Channels.Register(new("work"));
        var group = new ChannelSubscribeOptions { QueueGroup = "workers" };
        await using ChannelSubscription one = await cluster.SubscribeAsync(1, 0, "work", group);
        await using ChannelSubscription two = await cluster.SubscribeAsync(2, 0, "work", group);
        await using ChannelSubscription audit = await cluster.SubscribeAsync(3, 0, "work");
        for (int i = 0; i < 40; i++)
            Assert.Equal(2, (await cluster.PublishAsync(0, "work", $"{i}")).Delivered);
        string[] first = (await cluster.ReadAsync(one, 20)).Texts();
        string[] second = (await cluster.ReadAsync(two, 20)).Texts();
        Assert.Empty(first.Intersect(second));
        Assert.Equal(40, (await cluster.ReadAsync(audit, 40)).Count);
    }

    [Fact]
    public async Task Membership_and_publishes_reach_peers_behind_a_relay()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 3, null, (_, builder) => builder.WithChannels());
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(1, 2);
        await cluster.ConnectAsync(0, 2, via: 1);
        cluster[2].Channels.Register(new("far"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(0, 2, "far");
        Assert.True((await cluster.PublishAsync(2, "far", "through", Reliably)).AllDelivered);
        Assert.Equal(["through"], (await cluster.ReadAsync(subscription, 1)).Texts());
        Assert.True(cluster[0].Peers.TryGet(cluster[2].NodeId, out Peer? peer) && peer.IsRelayed);
    }

    [Fact]
    public async Task A_channel_has_its_own_limit_of_publishes_a_second()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a") { MaxRatePerSecond = 3 });
        for (int i = 0; i < 3; i++)
            await cluster.PublishAsync(0, "a", "x");
        ChannelException refused = await Assert.ThrowsAsync<ChannelException>(() => cluster.PublishAsync(0, "a", "x"));
        Assert.Equal("rate-limited", refused.Kind);
        cluster.Run(ChannelMesh.Seconds(1));
        await cluster.PublishAsync(0, "a", "x");
    }

    [Fact]
    public async Task Both_ends_may_publish_the_same_channel_to_one_another()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("chat"));
        cluster[1].Channels.Register(new("chat"));
        await using ChannelSubscription atOne = await cluster.SubscribeAsync(1, 0, "chat");
        await using ChannelSubscription atZero = await cluster.SubscribeAsync(0, 1, "chat");
        Assert.True((await cluster.PublishAsync(0, "chat", "from 0", Reliably)).AllDelivered);
        Assert.True((await cluster.PublishAsync(1, "chat", "from 1", Reliably)).AllDelivered);
        Assert.Equal(["from 0"], (await cluster.ReadAsync(atOne, 1)).Texts());
        ChannelMessage back = (await cluster.ReadAsync(atZero, 1)).Single();
        Assert.Equal("from 1", back.GetString());
        Assert.Equal(cluster[1].Identity.OriginHash, back.Origin);
    }
}
