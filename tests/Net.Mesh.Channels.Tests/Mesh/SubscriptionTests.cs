using System.Text.Json.Serialization;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Channels.Tests.Mesh;

public sealed partial class SubscriptionTests
{
    private static readonly PublishOptions Reliably = new() { Reliability = Reliability.Reliable };

    [Fact]
    public async Task A_channel_that_the_publisher_does_not_have_is_refused_with_its_reason()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        var refused = await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(1, 0, "nothing"));
        Assert.Equal(AckReason.UnknownChannel, refused.Reason);
        Assert.Empty(cluster[1].Channels.Subscriptions);
    }

    [Fact]
    public async Task Without_a_session_nothing_is_asked()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 1, null, (_, builder) => builder.WithChannels());
        var failed = await Assert.ThrowsAsync<ChannelException>(() => cluster.SubscribeAsync(1, 0, "a"));
        Assert.Equal("no-session", failed.Kind);
    }

    [Fact]
    public async Task A_question_whose_answers_are_lost_ends_after_the_time_limit_and_leaves_nothing()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        cluster.BlockOneWay(0, 1);
        DateTimeOffset start = cluster.Time.GetUtcNow();
        var failed = await Assert.ThrowsAsync<ChannelException>(() => cluster.SubscribeAsync(1, 0, "a"));
        Assert.Equal("ack-timeout", failed.Kind);
        Assert.InRange(cluster.Time.GetUtcNow() - start, ChannelMesh.Seconds(5), ChannelMesh.Seconds(6));
        Assert.Empty(cluster[1].Channels.Subscriptions);
    }

    [Fact]
    public async Task A_lost_question_is_asked_again()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        int lost = 0;
        cluster.Network.Filter = (in TappedDatagram datagram) =>
            !PacketHeader.TryParse(datagram.Bytes, out PacketHeader header) || header.SubprotocolId != SubprotocolId.ChannelMembership || ++lost > 2;
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        Assert.Equal(SubscriptionState.Active, subscription.State);
        Assert.True(lost > 2);
    }

    [Fact]
    public async Task Leaving_ends_the_reading_and_the_publishes_and_a_stranger_may_leave_too()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        Task<int> reading = Task.Run(async () =>
        {
            int read = 0;
            await foreach (ChannelMessage _ in subscription.ReadAllAsync())
                read++;
            return read;
        });
        await cluster.RunUntilCompletedAsync(cluster[1].Channels.UnsubscribeAsync(cluster[0].NodeId, "a"), ChannelMesh.Limit);
        await subscription.DisposeAsync();
        Assert.Equal(0, await cluster.RunAsync(reading));
        Assert.Equal(SubscriptionState.Closed, subscription.State);
        Assert.Empty(cluster[0].Channels.Subscribers("a"));
        Assert.True((await cluster.PublishAsync(0, "a", "x")).IsEmpty);
        await cluster.RunUntilCompletedAsync(cluster[1].Channels.UnsubscribeAsync(cluster[0].NodeId, "a"), ChannelMesh.Limit);
        await using ChannelSubscription again = await cluster.SubscribeAsync(1, 0, "a");
        await cluster.PublishAsync(0, "a", "back");
        Assert.Equal(["back"], (await cluster.ReadAsync(again, 1)).Texts());
    }

    [Fact]
    public async Task The_same_channel_of_the_same_publisher_is_subscribed_to_once()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        var failed = await Assert.ThrowsAsync<ChannelException>(() => cluster.SubscribeAsync(1, 0, "a"));
        Assert.Equal("already-subscribed", failed.Kind);
        await cluster.PublishAsync(0, "a", "x");
        Assert.Equal(["x"], (await cluster.ReadAsync(subscription, 1)).Texts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_subscription_outlives_a_restart_of_its_publisher_and_says_that_there_was_a_gap(bool dialsItself)
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2, 4);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        await cluster.PublishAsync(0, "a", "before", Reliably);
        Assert.Equal(["before"], (await cluster.ReadAsync(subscription, 1)).Texts());

        await cluster.RestartAsync(0);
        // It does not know its channels at once, as a program that starts up.
        await cluster.ConnectAsync(dialsItself ? 0 : 1, dialsItself ? 1 : 0);
        await PassAsync(cluster, ChannelMesh.Seconds(2));
        cluster[0].Channels.Register(new("a"));
        await RunUntilAsync(cluster, () => cluster[0].Channels.Subscribers("a").Count == 1 && subscription.State == SubscriptionState.Active, ChannelMesh.Limit);
        Assert.True((await cluster.PublishAsync(0, "a", "after", Reliably)).AllDelivered);
        ChannelMessage message = (await cluster.ReadAsync(subscription, 1)).Single();
        Assert.Equal("after", message.GetString());
        Assert.Equal(-1, message.Missed);
        Assert.Equal(1, subscription.Gaps);
    }

    [Fact]
    public async Task What_an_unreliable_channel_loses_is_counted_at_the_next_message()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        await cluster.PublishAsync(0, "a", "0");
        cluster.BlockOneWay(0, 1);
        for (int i = 1; i <= 3; i++)
            await cluster.PublishAsync(0, "a", $"{i}");
        cluster.Heal();
        await cluster.PublishAsync(0, "a", "4");
        List<ChannelMessage> read = await cluster.ReadAsync(subscription, 2);
        Assert.Equal(["0", "4"], read.Texts());
        Assert.Equal([0, 3], read.Select(message => message.Missed));
    }

    [Fact]
    [Trait("spec", "03 T5")]
    public async Task A_subscriber_that_fails_is_on_no_channel_any_more_and_comes_back_by_itself()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2, node: options => options.SessionTimeout = TimeSpan.FromSeconds(6));
        cluster[0].Channels.Register(new("a") { RequireToken = true });
        PermissionToken token = cluster[0].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, "a", TimeSpan.FromHours(1));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a", new() { Token = token });
        Assert.Equal(1, cluster[0].Channels.Desk.Chains.Count);
        cluster.Partition([0], [1]);
        await RunUntilAsync(cluster, () => cluster[0].Channels.Subscribers("a").Count == 0, ChannelMesh.Seconds(40));
        Assert.Equal(0, cluster[0].Channels.Desk.Chains.Count);
        Assert.Equal(0, cluster[0].Channels.Desk.Guard.Count);
        Assert.True((await cluster.PublishAsync(0, "a", "x")).IsEmpty);
        cluster.Heal();
        await RunUntilAsync(cluster, () => cluster[0].Channels.Subscribers("a").Count == 1, ChannelMesh.Limit);
        Assert.True((await cluster.PublishAsync(0, "a", "again")).AllDelivered);
        Assert.Equal(["again"], (await cluster.ReadAsync(subscription, 1)).Texts());
    }

    /// <summary>The publisher alone lost sight: nothing tells the subscriber so.</summary>
    [Fact]
    public async Task A_publisher_that_lost_a_subscription_takes_it_back_at_the_next_refresh()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        cluster[0].Channels.Desk.ForgetPeer(cluster[1].NodeId);
        await RunUntilAsync(cluster, () => cluster[0].Channels.Subscribers("a").Count == 1, ChannelMesh.Seconds(70));
    }

    [Fact]
    public async Task Values_are_read_as_what_they_were_written_as()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        var read = new List<Reading>();
        Task reading = Task.Run(async () =>
        {
            await foreach (Reading value in cluster[1].Channels.SubscribeAsync(cluster[0].NodeId, "a", ReadingContext.Default.Reading))
            {
                read.Add(value);
                if (read.Count == 2)
                    return;
            }
        });
        await RunUntilAsync(cluster, () => cluster[0].Channels.Subscribers("a").Count == 1, ChannelMesh.Limit);
        await cluster.PublishAsync(0, "a", """{"Celsius":22.5}""");
        await cluster.PublishAsync(0, "a", """{"Celsius":23}""");
        await cluster.RunUntilCompletedAsync(reading, ChannelMesh.Limit);
        Assert.Equal([new(22.5), new(23)], read);
    }

    [Fact]
    public async Task An_operator_sees_who_comes_who_goes_and_who_is_refused()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("open"));
        cluster[0].Channels.Register(new("closed") { RequireToken = true });
        var seen = new List<SubscriberEvent>();
        IAsyncEnumerable<SubscriberEvent> events = cluster[0].Channels.WatchSubscribersAsync();
        Task watching = Task.Run(async () =>
        {
            await foreach (SubscriberEvent happened in events)
            {
                seen.Add(happened);
                if (seen.Count == 3)
                    return;
            }
        });
        ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "open");
        await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(1, 0, "closed"));
        await subscription.DisposeAsync();
        await cluster.RunUntilCompletedAsync(watching, ChannelMesh.Limit);
        Assert.Equal([SubscriberChange.Joined, SubscriberChange.Refused, SubscriberChange.Left], seen.Select(happened => happened.Change));
        Assert.Equal(AckReason.Unauthorized, seen[1].Reason);
        Assert.Equal([null, "no token", null], seen.Select(happened => happened.Detail));
    }

    [Fact]
    [Trait("spec", "03 I3")]
    public async Task A_subscriber_whose_session_is_gone_gets_on_no_channel()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(2);
        cluster[0].Channels.Register(new("a"));
        cluster.BlockOneWay(0, 1);
        Assert.True(cluster[0].Peers.Disconnect(cluster[1].NodeId));
        cluster.Heal();
        Assert.True(cluster.AreConnected(1, 0));
        await Assert.ThrowsAsync<ChannelException>(() => cluster.SubscribeAsync(1, 0, "a"));
        Assert.Empty(cluster[0].Channels.Subscribers("a"));
        Assert.Equal(0, cluster[0].Channels.Desk.Guard.Count);
    }

    [Fact]
    [Trait("spec", "03 T17")]
    public async Task A_message_that_claims_another_origin_still_says_which_peer_it_came_from()
    {
        await using MeshTestCluster cluster = await ChannelMesh.StartAsync(3);
        cluster[0].Channels.Register(new("a"));
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, "a");
        OriginHash foreign = cluster[2].Identity.OriginHash;
        Node.StreamPort port = cluster[0].Context.OpenStream(cluster[1].NodeId, StreamIds.ForChannel(((ChannelName)"a").Hash.Value), null, new(0, foreign));
        Assert.Equal(SendStatus.Sent, port.TrySend("posing"u8.ToArray()));
        ChannelMessage message = (await cluster.ReadAsync(subscription, 1)).Single();
        Assert.Equal(foreign, message.Origin);
        Assert.Equal(cluster[0].NodeId, message.Publisher);
    }

    private static async Task RunUntilAsync(MeshTestCluster cluster, Func<bool> condition, TimeSpan limit)
    {
        DateTimeOffset end = cluster.Time.GetUtcNow() + limit;
        while (!condition() && cluster.Time.GetUtcNow() < end)
            await PassAsync(cluster, TimeSpan.FromMilliseconds(100));
        Assert.True(condition(), $"The condition did not hold within {limit}.");
    }

    private static Task PassAsync(MeshTestCluster cluster, TimeSpan time) =>
        cluster.RunUntilCompletedAsync(Task.Delay(time, cluster.Time), time + ChannelMesh.Seconds(1));

    internal sealed record Reading(double Celsius);

    [JsonSerializable(typeof(Reading))]
    private sealed partial class ReadingContext : JsonSerializerContext;
}
