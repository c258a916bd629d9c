namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Subscribers that share what is published.</summary>
public sealed class QueueGroupTests
{
    private const string Jobs = "jobs";
    private const string Workers = "workers";
    private static readonly string[] Messages = [.. Enumerable.Range(0, 30).Select(static i => $"job {i:d2}")];

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Members_of_ours_share_what_another_publishes(Implementation whose)
    {
        await using TestNode publisher = await TestNode.StartAsync(whose);
        await using TestNode first = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode second = await TestNode.StartAsync(Implementation.OursAsProgram);
        await using TestNode everything = await TestNode.StartAsync(Implementation.Ours);
        await publisher.RegisterAsync(Jobs);
        foreach (TestNode subscriber in (TestNode[])[first, second, everything])
        {
            await publisher.ConnectAsync(subscriber);
            await subscriber.WaitForPeerAsync(publisher);
        }
        Assert.Null(await first.SubscribeAsync(publisher, Jobs, queueGroup: Workers));
        Assert.Null(await second.SubscribeAsync(publisher, Jobs, queueGroup: Workers));
        Assert.Null(await everything.SubscribeAsync(publisher, Jobs));
        await PublishAndCheckAsync(publisher, [first, second], everything);

        // The only one that is left gets all of it.
        await second.UnsubscribeAsync(publisher, Jobs);
        await PublishAndCheckAsync(publisher, [first], everything);
    }

    [Fact]
    public async Task Members_of_every_implementation_share_what_ours_publishes()
    {
        await using TestNode publisher = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode original = await TestNode.StartAsync(Implementation.Original);
        await using TestNode reference = await TestNode.StartAsync(Implementation.IndependentReference);
        await using TestNode secure = await TestNode.StartAsync(Implementation.IndependentSecure);
        await using TestNode ours = await TestNode.StartAsync(Implementation.OursAsProgram);
        await using TestNode everything = await TestNode.StartAsync(Implementation.Original);
        await publisher.RegisterAsync(Jobs);
        TestNode[] members = [original, reference, secure, ours];
        foreach (TestNode subscriber in (TestNode[])[.. members, everything])
        {
            await subscriber.ConnectAsync(publisher);
            await publisher.WaitForPeerAsync(subscriber);
        }
        foreach (TestNode member in members)
            Assert.Null(await member.SubscribeAsync(publisher, Jobs, queueGroup: Workers));
        Assert.Null(await everything.SubscribeAsync(publisher, Jobs));
        await PublishAndCheckAsync(publisher, members, everything);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Two_groups_each_get_one_copy(Implementation whose)
    {
        await using TestNode publisher = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode one = await TestNode.StartAsync(whose);
        await using TestNode two = await TestNode.StartAsync(whose);
        await publisher.RegisterAsync(Jobs);
        foreach (TestNode subscriber in (TestNode[])[one, two])
        {
            await subscriber.ConnectAsync(publisher);
            await publisher.WaitForPeerAsync(subscriber);
        }
        Assert.Null(await one.SubscribeAsync(publisher, Jobs, queueGroup: "a"));
        Assert.Null(await two.SubscribeAsync(publisher, Jobs, queueGroup: "b"));
        Assert.Equal(2, await publisher.PublishAsync(Jobs, isReliable: false, "both"));
        Assert.Equal(["both"], await one.TakeUntilAsync(taken => taken.Count >= 1));
        Assert.Equal(["both"], await two.TakeUntilAsync(taken => taken.Count >= 1));
        // Whoever comes again with another group moves.
        Assert.Null(await two.SubscribeAsync(publisher, Jobs, queueGroup: "a"));
        Assert.Equal(1, await publisher.PublishAsync(Jobs, isReliable: false, "one of them"));
    }

    // Each message goes to one member, to all of them in turn, and to whoever is in no group.
    private static async Task PublishAndCheckAsync(TestNode publisher, TestNode[] members, TestNode everything)
    {
        foreach (string message in Messages)
            Assert.Equal(2, await publisher.PublishAsync(Jobs, isReliable: false, message));
        Assert.Equal(Messages, await everything.TakeUntilAsync(taken => taken.Count >= Messages.Length));
        List<string>[] shares = [.. members.Select(static _ => new List<string>())];
        await Until.TrueAsync(
            async () =>
            {
                for (int i = 0; i < members.Length; i++)
                    shares[i].AddRange(await members[i].TakeAsync(TimeSpan.Zero));
                return shares.Sum(static share => share.Count) >= Messages.Length;
            },
            "the members did not get everything");
        Assert.All(shares, share => Assert.InRange(share.Count, Messages.Length / members.Length, (Messages.Length / members.Length) + 1));
        Assert.Equal(Messages, shares.SelectMany(static share => share).Order(StringComparer.Ordinal));
    }
}
