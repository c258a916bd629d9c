using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Channels that ask for tokens: on either side of another implementation.</summary>
public sealed class ChannelTokenTests
{
    private const string Plans = "plans";
    private static readonly string[] ToHandOn = ["subscribe", "delegate"];

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "03 I5")]
    [Trait("spec", "03 I7")]
    public async Task Only_a_token_of_the_channels_root_for_the_one_who_asks_lets_it_on(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, publisher);
        await subscriber.PresentToAsync(publisher);

        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans));
        Dictionary<string, string> bad = new()
        {
            ["another subject"] = await publisher.GrantAsync(publisher, Plans),
            ["another action"] = await publisher.GrantAsync(subscriber, Plans, ["publish"]),
            ["another channel"] = await publisher.GrantAsync(subscriber, "other"),
            ["another root"] = await subscriber.GrantAsync(subscriber, Plans),
        };
        foreach ((string what, string chain) in bad)
            Assert.Equal((what, "Unauthorized"), (what, await subscriber.SubscribeAsync(publisher, Plans, chain)));

        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, await publisher.GrantAsync(subscriber, Plans)));
        await publisher.LetPublishAsync(publisher, Plans);
        Assert.Equal(1, await publisher.PublishAsync(Plans, isReliable: false, "secret"));
        Assert.Equal(["secret"], await subscriber.TakeUntilAsync(taken => taken.Count >= 1, channel: Plans));
        await subscriber.UnsubscribeAsync(publisher, Plans);
        Assert.Equal(0, await publisher.PublishAsync(Plans, isReliable: false, "nobody"));
        // The token is asked for every time.
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans));
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "03 T14")]
    public async Task A_token_whose_time_is_over_or_has_not_come_lets_nobody_on(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        // A third one is the root: the original issues tokens only for now.
        await using TestNode root = await TestNode.StartAsync(Implementation.Ours);
        await publisher.RegisterAsync(Plans, root);
        await subscriber.PresentToAsync(publisher);
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, await root.GrantAsync(subscriber, Plans, now: now - 3600)));
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, await root.GrantAsync(subscriber, Plans, now: now + 3600)));
        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, await root.GrantAsync(subscriber, Plans)));
    }

    [Theory]
    [InlineData(Implementation.Original, Implementation.Ours, true)]
    [InlineData(Implementation.Original, Implementation.IndependentReference, true)]
    [InlineData(Implementation.Original, Implementation.Ours, false)]
    [InlineData(Implementation.Original, Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentReference, Implementation.Ours, true)]
    [InlineData(Implementation.IndependentReference, Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, Implementation.Ours, false)]
    [InlineData(Implementation.IndependentSecure, Implementation.IndependentSecure, true)]
    public async Task A_token_that_was_handed_on_lets_its_new_subject_on(Implementation whose, Implementation between, bool isOursPublishing)
    {
        await using TestNode middle = await TestNode.StartAsync(between);
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, publisher);
        await publisher.LetPublishAsync(publisher, Plans);
        await subscriber.PresentToAsync(publisher);

        string first = await publisher.GrantAsync(middle, Plans, ToHandOn, depth: 1);
        string chain = await middle.HandOnAsync(first, subscriber, "subscribe");
        Assert.Equal(2 * (1 + (2 * 169)), chain.Length);
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, first));
        // The last link alone hangs on no root.
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, "01" + chain[(2 * 170)..]));
        // A signature that is not its own.
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, chain[..^2] + (chain.EndsWith("00", StringComparison.Ordinal) ? "01" : "00")));
        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, chain));
        Assert.Equal(1, await publisher.PublishAsync(Plans, isReliable: true, "handed on"));
        Assert.Equal(["handed on"], await subscriber.TakeUntilAsync(taken => taken.Count >= 1, channel: Plans));
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    public async Task A_token_counts_in_reference_mode_only_for_who_has_announced_itself(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, publisher);
        string chain = await publisher.GrantAsync(subscriber, Plans);
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, chain));
        await subscriber.PresentToAsync(publisher);
        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, chain));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_secure_handshake_says_who_somebody_is_without_an_announcement(bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.IndependentSecure);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, publisher);
        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, await publisher.GrantAsync(subscriber, Plans)));
        Assert.Equal(1, await publisher.PublishAsync(Plans, isReliable: false, "proven"));
        Assert.Equal(["proven"], await subscriber.TakeUntilAsync(taken => taken.Count >= 1, channel: Plans));
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "03 I13")]
    public async Task A_publisher_needs_a_grant_of_the_root_as_well(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode root) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, root);
        await root.PresentToAsync(publisher);
        Assert.Null(await root.SubscribeAsync(publisher, Plans, await root.GrantAsync(root, Plans)));
        Assert.True(await publisher.IsDeniedAsync(Plans));
        await root.LetPublishAsync(publisher, Plans);
        Assert.Equal(1, await publisher.PublishAsync(Plans, isReliable: false, "granted"));
        Assert.Equal(["granted"], await root.TakeUntilAsync(taken => taken.Count >= 1, channel: Plans));
    }

    [Fact]
    public async Task The_original_may_not_even_publish_as_its_own_root_and_ours_may()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        await pair.Other.RegisterAsync(Plans, pair.Other);
        await pair.Ours.RegisterAsync(Plans, pair.Ours);
        Assert.True(await pair.Other.IsDeniedAsync(Plans));
        Assert.False(await pair.Ours.IsDeniedAsync(Plans));
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    public async Task What_is_revoked_counts_from_the_next_publish_on(Implementation whose, bool isOursPublishing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode publisher, TestNode subscriber) = isOursPublishing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await publisher.RegisterAsync(Plans, publisher);
        await subscriber.PresentToAsync(publisher);
        string chain = await publisher.GrantAsync(subscriber, Plans);
        Assert.Null(await subscriber.SubscribeAsync(publisher, Plans, chain));
        Assert.Equal(1, await publisher.PublishAsync(Plans, isReliable: false, "before"));
        await publisher.Lines.CallAsync("revoke_below", new JsonObject { ["issuer"] = publisher.EntityId, ["generation"] = 1 });
        Assert.Equal(0, await publisher.PublishAsync(Plans, isReliable: false, "after"));
        await subscriber.UnsubscribeAsync(publisher, Plans);
        Assert.Equal("Unauthorized", await subscriber.SubscribeAsync(publisher, Plans, chain));
        await Talk.OneWayAsync(publisher, subscriber, 0x91, "the end");
        Assert.DoesNotContain("after", await subscriber.TakeAsync(TimeSpan.Zero, Plans));
    }
}
