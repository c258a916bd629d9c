namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Calls over networks and peers that are not as they should be.</summary>
public sealed class RpcTroubleTests
{
    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Two_nodes_of_ours_call_each_other_through_a_relay_of_another(Implementation whose)
    {
        await using TestNode relay = await TestNode.StartAsync(whose);
        await using TestNode server = await TestNode.StartAsync(Implementation.OursAsProgram);
        await using TestNode client = await TestNode.StartAsync(Implementation.Ours);
        await server.ConnectAsync(relay);
        await client.ConnectAsync(relay);
        await client.ConnectAsync(server, through: relay);
        await server.WaitForPeerAsync(client);
        await server.ServeAsync("echo", "echo");
        await server.ServeAsync("count", "count_stream");
        await server.ServeAsync("sum", "sum");
        await server.ServeAsync("mirror", "mirror");
        Assert.Equal("hello", (await client.RpcAsync(server, "echo", "hello")).Text);
        // More than a packet.
        Assert.Equal(20_000, (await client.RpcAsync(server, "echo", new('x', 20_000))).Text.Length);
        Assert.Equal(50, (await client.DownloadAsync(server, "count", 50, window: 4)).Items.Count);
        Assert.Equal((50, 1275), await client.UploadAsync(server, "sum", [.. Enumerable.Range(1, 50)], window: 4));
        Assert.Equal(50, (await client.MirrorAsync(server, "mirror", [.. Enumerable.Range(1, 50)], window: 4)).Count);
        Assert.Equal("no_route", (await client.RpcAsync(server, "none", "")).Error);
    }

    [Theory]
    [MemberData(nameof(RpcUnaryTests.BothWays), MemberType = typeof(RpcUnaryTests))]
    [Trait("spec", "01 T8")]
    public async Task A_loss_costs_its_own_call_at_most_and_none_that_follows(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "echo");
        Assert.True((await client.RpcAsync(server, service, "before")).IsOk);

        await pair.Ours.ImpairAsync(lossOut: 0.1, lossIn: 0.1, seed: 5);
        int answered = 0;
        // The last is more than the 64 packets past a hole that the original's own receiver would take.
        foreach (int calls in (int[])[10, 10, 150])
        {
            RpcOutcome[] outcomes = await ManyAsync(client, server, service, calls, calls < 100 ? 500 : 2_000);
            Assert.All(outcomes, static outcome => Assert.True(outcome.IsOk || outcome.Error == "timeout", outcome.ToString()));
            answered += outcomes.Count(static outcome => outcome.IsOk);
        }
        // The secure one takes things in their order and repeats nothing by a timer on a channel, so there a loss also delays.
        Assert.InRange(answered, 50, 170);

        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 5);
        for (int wave = 0; wave < 3; wave++)
            Assert.All(await ManyAsync(client, server, service, 30, 10_000), static outcome => Assert.True(outcome.IsOk, outcome.ToString()));
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Fact]
    public async Task An_original_that_drops_what_is_too_much_for_it_neither_stops_nor_slows_calls_to_another()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        TestNode another = (await TestNode.StartAsync(Implementation.OursAsProgram));
        await using (another)
        {
            await pair.Ours.ConnectAsync(another);
            await pair.Other.ServeAsync("echo", "echo");
            await pair.Other.ServeAsync("sleepy", "sleep_echo");
            await pair.Ours.ServeAsync("mine", "echo");
            await another.ServeAsync("echo", "echo");
            // Its calls fail when its stream has no credit, and its answers are dropped then.
            RpcOutcome[] its = await ManyAsync(pair.Other, pair.Ours, "mine", 300, 1_000, new('x', 6_000));
            Assert.Contains(its, static outcome => outcome.Error == "transport");
            // These it never answers in time.
            Task<RpcOutcome[]> stuck = Task.WhenAll(Enumerable.Range(0, 200).Select(_ => pair.Ours.RpcAsync(pair.Other, "sleepy", "50000", deadlineMs: 3_000)));
            Task<RpcOutcome[]> large = ManyAsync(pair.Ours, pair.Other, "echo", 300, 3_000, new('x', 6_000));
            Assert.All(await ManyAsync(pair.Ours, another, "echo", 100, 10_000), static outcome => Assert.True(outcome.IsOk, outcome.ToString()));
            Assert.False(stuck.IsCompleted);
            Assert.All(await stuck, static outcome => Assert.Equal("timeout", outcome.Error));
            Assert.All(await large, static outcome => Assert.True(outcome.IsOk || outcome.Error == "timeout", outcome.ToString()));
        }
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Calls_to_a_peer_that_says_nothing_end_with_their_deadlines_and_leave_nothing(Implementation whose)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        await using TestNode another = await TestNode.StartAsync(Implementation.OursAsProgram);
        await pair.Ours.ConnectAsync(another);
        string service = RpcCalls.NewService();
        await pair.Other.ServeAsync(service, "echo");
        await another.ServeAsync(service, "echo");
        Assert.True((await pair.Ours.RpcAsync(pair.Other, service, "before")).IsOk);

        await pair.Ours.Lines.CallAsync("block", new() { ["addr"] = pair.Other.Address });
        Task<RpcOutcome[]> stuck = ManyAsync(pair.Ours, pair.Other, service, 300, 2_000);
        Assert.All(await ManyAsync(pair.Ours, another, service, 100, 10_000), static outcome => Assert.True(outcome.IsOk, outcome.ToString()));
        Assert.False(stuck.IsCompleted);
        Assert.All(await stuck, static outcome => Assert.Equal("timeout", outcome.Error));
        await pair.Ours.WaitForRpcRestAsync();

        await pair.Ours.Lines.CallAsync("unblock", new() { ["addr"] = pair.Other.Address });
        Assert.Equal("after", (await pair.Ours.RpcAsync(pair.Other, service, "after")).Text);
    }

    private static Task<RpcOutcome[]> ManyAsync(TestNode client, TestNode server, string service, int count, int deadlineMs, string? text = null) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => client.RpcAsync(server, service, text ?? $"call {i}", deadlineMs)));
}
