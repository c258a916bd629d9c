namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Calls that stream: on either side of another implementation.</summary>
public sealed class RpcStreamTests
{
    private static readonly int[] Numbers = [.. Enumerable.Range(1, 100)];

    /// <summary>Whose node, whether ours serves, and the window.</summary>
    public static TheoryData<Implementation, bool, int?> BothWaysWithWindows()
    {
        var all = new TheoryData<Implementation, bool, int?>();
        foreach (Implementation whose in (Implementation[])[Implementation.Original, Implementation.IndependentReference, Implementation.IndependentSecure])
        {
            foreach (bool isOursServing in (bool[])[true, false])
            {
                foreach (int? window in (int?[])[null, 1, 4])
                    all.Add(whose, isOursServing, window);
            }
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(BothWaysWithWindows))]
    public async Task Every_item_of_a_download_comes_in_its_place(Implementation whose, bool isOursServing, int? window)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "count_stream");
        foreach (int count in (int[])[0, 1, 100])
        {
            RpcOutcome outcome = await client.DownloadAsync(server, service, count, window);
            Assert.True(outcome.IsOk, outcome.ToString());
            Assert.Equal(Enumerable.Range(0, count).Select(static n => $"{n}"), outcome.Items);
        }
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [MemberData(nameof(RpcUnaryTests.BothWays), MemberType = typeof(RpcUnaryTests))]
    public async Task A_download_that_fails_on_its_way_carries_the_status(Implementation whose, bool isOursServing)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "count_stream");
        RpcOutcome outcome = await client.DownloadAsync(server, service, 10, window: 2, failAfter: 5);
        Assert.Equal(("server_error", server.Whose == Implementation.Original ? 0x8002 : 0x8001), (outcome.Error, outcome.Status));
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [MemberData(nameof(BothWaysWithWindows))]
    [Trait("spec", "07 T2")]
    public async Task Who_leaves_a_download_cancels_it(Implementation whose, bool isOursServing, int? window)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "count_stream");
        // Without a window the server may have sent everything by then, and may not send more than the other can take.
        RpcOutcome outcome = await client.DownloadAsync(server, service, window is null ? 100 : 5_000, window, maxItems: 3);
        Assert.Equal(["0", "1", "2"], outcome.Items);
        if (window is not null)
            await server.RpcCancelAsync(service);
        await pair.Ours.WaitForRpcRestAsync();
        Assert.True((await client.DownloadAsync(server, service, 5, window)).IsOk);
    }

    [Theory]
    [MemberData(nameof(BothWaysWithWindows))]
    public async Task Every_item_of_an_upload_is_taken(Implementation whose, bool isOursServing, int? window)
    {
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "sum");
        Assert.Equal((100, 5050), await client.UploadAsync(server, service, Numbers, window));
        Assert.Equal((1, 7), await client.UploadAsync(server, service, [7], window));
        Assert.Equal((0, 0), await client.UploadAsync(server, service, [], window));
        await pair.Ours.WaitForRpcRestAsync();
    }

    [Theory]
    [MemberData(nameof(BothWaysWithWindows))]
    public async Task Both_directions_of_a_duplex_call_arrive_whole(Implementation whose, bool isOursServing, int? window)
    {
        // Of the original with a window for the answers, too, which it never grants more of (07 §5.3).
        await using Pair pair = await RpcUnaryTests.PairAsync(whose);
        (TestNode server, TestNode client) = isOursServing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        string service = RpcCalls.NewService();
        await server.ServeAsync(service, "mirror");
        Assert.Equal(Numbers, await client.MirrorAsync(server, service, Numbers, window));
        Assert.Empty(await client.MirrorAsync(server, service, [], window));
        await pair.Ours.WaitForRpcRestAsync();
    }
}
