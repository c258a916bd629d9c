namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>One request, one answer: on either side of another implementation.</summary>
public sealed class RpcUnaryTests
{
    /// <summary>Whose node, and whether ours serves.</summary>
    public static TheoryData<Implementation, bool> BothWays()
    {
        var all = new TheoryData<Implementation, bool>();
        foreach (Implementation whose in (Implementation[])[Implementation.Original, Implementation.IndependentReference, Implementation.IndependentSecure])
        {
            all.Add(whose, true);
            all.Add(whose, false);
        }
        return all;
    }

    internal static Task<Pair> PairAsync(Implementation whose) =>
        whose == Implementation.Original ? Pair.IntroducedAsync(whose) : Pair.ConnectedAsync(whose);

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task Calls_are_answered_one_by_one_and_many_at_once(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "echo");
        foreach (string text in (string[])["hello", "", new('x', 5000)])
            Assert.Equal(text, (await client.RpcAsync(server, service, text)).Text);
        RpcOutcome[] many = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => client.RpcAsync(server, service, $"call {i}")));
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"call {i}"), many.Select(static outcome => outcome.Text));
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task A_failure_carries_the_status_that_the_handler_gave(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "fail");
        foreach (int status in (int[])[0x8005, 0xFFFF])
        {
            RpcOutcome outcome = await client.RpcAsync(server, service, status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(("server_error", status), (outcome.Error, outcome.Status));
        }
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task A_call_ends_with_its_deadline_and_its_handler_with_it(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "sleep_echo");
        Assert.Equal("timeout", (await client.RpcAsync(server, service, "50000", deadlineMs: 300)).Error);
        await server.RpcCancelAsync(service);
        await pair.Ours.WaitForRpcRestAsync();
        Assert.Equal("1", (await client.RpcAsync(server, service, "1")).Text);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task There_is_no_route_to_a_service_that_nobody_serves(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        Assert.Equal("no_route", (await client.RpcAsync(server, RpcCalls.NewService(), "hello", deadlineMs: 2_000)).Error);
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public async Task A_service_is_found_by_its_tag(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "echo");
        await client.WaitForServiceAsync(server, service);
        // The original goes by the tag itself.
        TestNode? named = client.Whose == Implementation.Original ? null : server;
        Assert.Equal("by its tag", (await client.RpcAsync(named, service, "by its tag")).Text);
    }

    [Theory]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_service_that_is_served_no_more_is_gone(Implementation whose)
    {
        await using Pair pair = await PairAsync(whose);
        string service = RpcCalls.NewService();
        await pair.Ours.ServeAsync(service, "echo");
        Assert.Equal("x", (await pair.Other.RpcAsync(pair.Ours, service, "x")).Text);
        await pair.Ours.Lines.CallAsync("rpc_stop", new() { ["service"] = service });
        RpcOutcome gone = await pair.Other.RpcAsync(pair.Ours, service, "x", deadlineMs: 2_000);
        Assert.False(gone.IsOk);
        Assert.NotEqual("timeout", gone.Error);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    public async Task What_a_node_of_0_27_could_not_take_is_refused_before_it_is_sent(Implementation whose)
    {
        await using Pair pair = await PairAsync(whose);
        string service = RpcCalls.NewService();
        await pair.Other.ServeAsync(service, "echo");
        int most = 8064 - service.Length;
        Assert.Equal(most, (await pair.Ours.RpcAsync(pair.Other, service, new('x', most))).Text.Length);
        Assert.Equal("codec_encode", (await pair.Ours.RpcAsync(pair.Other, service, new('x', most + 1))).Error);
    }
}
