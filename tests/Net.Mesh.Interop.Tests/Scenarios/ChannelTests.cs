using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Channels without tokens: on either side of another implementation.</summary>
public sealed class ChannelTests
{
    private static readonly string[] Messages = [.. Enumerable.Range(0, 20).Select(static i => $"message {i}")];

    [Theory]
    [InlineData(Implementation.Original, true, false)]
    [InlineData(Implementation.Original, true, true)]
    [InlineData(Implementation.Original, false, false)]
    [InlineData(Implementation.Original, false, true)]
    [InlineData(Implementation.IndependentReference, true, false)]
    [InlineData(Implementation.IndependentReference, true, true)]
    [InlineData(Implementation.IndependentReference, false, false)]
    [InlineData(Implementation.IndependentReference, false, true)]
    [InlineData(Implementation.IndependentSecure, true, false)]
    [InlineData(Implementation.IndependentSecure, true, true)]
    [InlineData(Implementation.IndependentSecure, false, false)]
    [InlineData(Implementation.IndependentSecure, false, true)]
    public async Task What_is_published_arrives_until_the_subscriber_leaves(Implementation whose, bool isOursPublishing, bool isReliable)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string channel = NewChannel();
        await publisher.RegisterAsync(channel);
        Assert.Equal(0, await publisher.PublishAsync(channel, isReliable, "nobody"));
        Assert.Null(await subscriber.SubscribeAsync(publisher, channel));
        foreach (string message in Messages)
            Assert.Equal(1, await publisher.PublishAsync(channel, isReliable, message));
        Assert.Equal(Messages, await subscriber.TakeUntilAsync(taken => taken.Count >= Messages.Length, channel: channel));
        // Several in one go.
        Assert.Equal(1, await publisher.PublishAsync(channel, isReliable, Messages));
        Assert.Equal(Messages, await subscriber.TakeUntilAsync(taken => taken.Count >= Messages.Length, channel: channel));

        await subscriber.UnsubscribeAsync(publisher, channel);
        Assert.Equal(0, await publisher.PublishAsync(channel, isReliable, "nobody again"));
        // Whatever was sent before this message has arrived with it.
        await Talk.OneWayAsync(publisher, subscriber, 0x91, "the end");
        Assert.Empty(await subscriber.TakeAsync(TimeSpan.Zero, channel));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_message_says_which_channel_it_is_of_and_who_published_it(Implementation whose)
    {
        await using Pair pair = await PairAsync(whose);
        string first = NewChannel(), second = NewChannel();
        foreach (string channel in (string[])[first, second])
        {
            await pair.Other.RegisterAsync(channel);
            Assert.Null(await pair.Ours.SubscribeAsync(pair.Other, channel));
            await pair.Other.PublishAsync(channel, isReliable: false, $"of {channel}");
        }
        foreach (string channel in (string[])[second, first])
        {
            JsonObject reply = await pair.Ours.Lines.CallAsync("recv", new() { ["channel"] = channel, ["timeout"] = 15 });
            JsonNode arrived = Assert.Single(reply["events"]!.AsArray())!;
            Assert.Equal(channel, arrived["channel"]!.GetValue<string>());
            Assert.Equal(pair.Other.Id, arrived["peer"]!.GetValue<string>());
            Assert.Equal(Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes($"of {channel}")), arrived["data"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_stranger_may_leave_and_somebody_who_is_on_may_come_again(Implementation whose)
    {
        await using Pair pair = await PairAsync(whose);
        string channel = NewChannel();
        await pair.Ours.RegisterAsync(channel);
        await pair.Other.UnsubscribeAsync(pair.Ours, NewChannel());
        Assert.Null(await pair.Other.SubscribeAsync(pair.Ours, channel));
        Assert.Null(await pair.Other.SubscribeAsync(pair.Ours, channel));
        Assert.Equal(1, await pair.Ours.PublishAsync(channel, isReliable: false, "once"));
        Assert.Equal(["once"], await pair.Other.TakeUntilAsync(taken => taken.Count >= 1, channel: channel));
        await pair.Ours.UnsubscribeAsync(pair.Other, NewChannel());
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "03 I8")]
    public async Task Whoever_asks_for_unknown_channels_is_refused_and_after_16_times_has_to_wait(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string known = NewChannel();
        await publisher.RegisterAsync(known);
        for (int i = 0; i < 16; i++)
            Assert.Equal("UnknownChannel", await subscriber.SubscribeAsync(publisher, NewChannel()));
        Assert.Equal("RateLimited", await subscriber.SubscribeAsync(publisher, NewChannel()));
        Assert.Equal("RateLimited", await subscriber.SubscribeAsync(publisher, known));
    }

    [Theory]
    [InlineData(Implementation.Original, true, 3)]
    [InlineData(Implementation.Original, false, 1024)]
    [InlineData(Implementation.IndependentReference, true, 3)]
    [InlineData(Implementation.IndependentReference, false, 3)]
    [InlineData(Implementation.IndependentSecure, true, 3)]
    [InlineData(Implementation.IndependentSecure, false, 3)]
    [Trait("spec", "03 T7")]
    [Trait("spec", "03 I9")]
    public async Task One_channel_too_many_is_refused_and_those_that_are_held_stay(Implementation whose, bool isOursPublishing, int most)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose, new TestNodePlan { MaxChannelsPerPeer = most });
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string[] channels = [.. Enumerable.Range(0, most + 1).Select(static _ => NewChannel())];
        foreach (string channel in channels)
            await publisher.RegisterAsync(channel);
        foreach (string channel in channels[..most])
            Assert.Null(await subscriber.SubscribeAsync(publisher, channel));
        Assert.Equal("TooManyChannels", await subscriber.SubscribeAsync(publisher, channels[most]));
        Assert.Equal(1, await publisher.PublishAsync(channels[0], isReliable: false, "still there"));
        await subscriber.UnsubscribeAsync(publisher, channels[0]);
        Assert.Null(await subscriber.SubscribeAsync(publisher, channels[most]));
    }

    [Fact]
    [Trait("spec", "03 T2")]
    public async Task What_the_original_publishes_reliably_and_loses_does_not_stop_what_comes_after_it()
    {
        await using Pair pair = await PairAsync(Implementation.Original);
        string channel = NewChannel();
        await pair.Other.RegisterAsync(channel);
        Assert.Null(await pair.Ours.SubscribeAsync(pair.Other, channel));
        await pair.Other.PublishAsync(channel, isReliable: true, "before");
        Assert.Equal(["before"], await pair.Ours.TakeUntilAsync(taken => taken.Count >= 1, channel: channel));
        long before = await pair.Ours.CounterAsync("datagrams in");
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 1, seed: 1);
        await pair.Other.PublishAsync(channel, isReliable: true, "lost");
        await Until.TrueAsync(async () => await pair.Ours.CounterAsync("datagrams in") > before, "nothing was lost");
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 1);
        // It keeps nothing for a resend: the gap is believed when enough has come after it.
        var arrived = new List<string>();
        for (int i = 0; i < 2000 && arrived.Count < Messages.Length; i++)
        {
            await pair.Other.PublishAsync(channel, isReliable: true, i < Messages.Length ? Messages[i] : "more");
            arrived.AddRange(await pair.Ours.TakeAsync(TimeSpan.FromMilliseconds(30), channel));
        }
        Assert.Equal(Messages, arrived[..Messages.Length]);
    }

    [Theory]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task What_ours_publishes_reliably_arrives_however_much_is_lost(Implementation whose)
    {
        await using Pair pair = await PairAsync(whose);
        string channel = NewChannel();
        await pair.Ours.RegisterAsync(channel);
        Assert.Null(await pair.Other.SubscribeAsync(pair.Ours, channel));
        await pair.Ours.ImpairAsync(lossOut: 0.1, lossIn: 0.1, seed: 9);
        string[] messages = Talk.Numbered(100, length: 200);
        foreach (string message in messages)
            Assert.Equal(1, await pair.Ours.PublishAsync(channel, isReliable: true, message));
        // In reference mode the other hands out what comes, in the order it comes.
        List<string> arrived = await pair.Other.TakeUntilAsync(taken => taken.Count >= messages.Length, channel: channel);
        Assert.Equal(messages, arrived.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    public async Task Two_nodes_of_ours_use_a_channel_through_a_relay_of_another(Implementation whose)
    {
        await using TestNode relay = await TestNode.StartAsync(whose);
        await using TestNode publisher = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode subscriber = await TestNode.StartAsync(Implementation.OursAsProgram);
        await publisher.ConnectAsync(relay);
        await subscriber.ConnectAsync(relay);
        await subscriber.ConnectAsync(publisher, through: relay);
        await publisher.WaitForPeerAsync(subscriber);
        string channel = NewChannel();
        await publisher.RegisterAsync(channel);
        Assert.Null(await subscriber.SubscribeAsync(publisher, channel));
        foreach (string message in Messages)
            Assert.Equal(1, await publisher.PublishAsync(channel, isReliable: true, message));
        Assert.Equal(Messages, await subscriber.TakeUntilAsync(taken => taken.Count >= Messages.Length, channel: channel));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    [Trait("spec", "03 T5")]
    public async Task A_subscriber_that_dies_is_on_no_channel_any_more(Implementation whose)
    {
        var quick = new TestNodePlan { Heartbeat = TimeSpan.FromMilliseconds(100), SessionTimeout = TimeSpan.FromMilliseconds(500) };
        await using Pair pair = await Pair.IntroducedAsync(whose, quick);
        string channel = NewChannel();
        await pair.Ours.RegisterAsync(channel);
        Assert.Null(await pair.Other.SubscribeAsync(pair.Ours, channel));
        Assert.Equal(1, await pair.Ours.PublishAsync(channel, isReliable: false, "alive"));
        await pair.Other.Lines.KillAsync();
        await pair.Ours.PeerEventAsync("failed", pair.Other);
        await Until.TrueAsync(async () => await RosterAsync(pair.Ours, channel) == 0, "the dead is still on the roster");
        Assert.Equal(0, await pair.Ours.PublishAsync(channel, isReliable: false, "into the void"));
    }

    // The shared peers do for the independent one; the original has to be introduced.
    private static Task<Pair> PairAsync(Implementation whose) =>
        whose.IsIndependent() ? Pair.ConnectedAsync(whose) : Pair.IntroducedAsync(whose);

    private static string NewChannel() => $"test/{Guid.NewGuid():n}";

    private static async Task<int> RosterAsync(TestNode publisher, string channel) =>
        (await publisher.Lines.CallAsync("roster", new() { ["channel"] = channel }))["members"]!.AsArray().Count;
}
