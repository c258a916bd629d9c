namespace Net.Mesh.Rpc.Tests.Mesh;

public sealed class UnaryTests
{
    private static readonly UnaryHandler Echo = static (context, _) => new(context.Payload);

    [Fact]
    public async Task What_is_called_answers()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Echo);
        RpcReply reply = await cluster.CallAsync("echo", "hello");
        Assert.Equal("hello", reply.Text());
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
        Assert.Equal(0, cluster[0].Rpc.RunningHandlers);
    }

    [Fact]
    public async Task Many_calls_at_once_each_get_their_own_answer()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Echo);
        Task<RpcReply>[] calls = [.. Enumerable.Range(0, 500).Select(i => cluster[1].Rpc.CallAsync(cluster[0].NodeId, "echo", RpcMesh.Utf8($"{i}")).AsTask())];
        RpcReply[] replies = await cluster.RunAsync(Task.WhenAll(calls));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), replies.Select(reply => reply.Text()));
    }

    [Fact]
    public async Task A_service_that_is_not_served_is_no_route_at_once()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        RpcNoRouteException failed = await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.CallAsync("nothing", "x"));
        Assert.Equal("no_route", failed.Kind);
        Assert.Contains("does not serve 'nothing'", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_here_and_cancels_the_handler_there()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        bool wasCancelled = false;
        await using ServeHandle served = cluster[0].Rpc.Serve("slow", async (_, token) =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            catch (OperationCanceledException)
            {
                wasCancelled = true;
            }
            return default;
        });
        await Assert.ThrowsAsync<RpcTimeoutException>(() => cluster.CallAsync("slow", "x", new() { Deadline = RpcMesh.Seconds(2) }));
        await cluster.UntilAsync(() => wasCancelled && cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task Cancelling_ends_the_call_here_and_cancels_the_handler_there()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var started = new TaskCompletionSource();
        await using ServeHandle served = cluster[0].Rpc.Serve("slow", async (_, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        using var stop = new CancellationTokenSource();
        Task<RpcReply> call = cluster[1].Rpc.CallAsync(cluster[0].NodeId, "slow", default, null, stop.Token).AsTask();
        await cluster.RunAsync(started.Task);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
    }

    [Theory]
    [InlineData(0.1, 1)]
    [InlineData(0.1, 2)]
    [InlineData(0.3, 3)]
    public async Task Losses_cost_no_call(double loss, int seed)
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(2, seed, new LinkProfile { Loss = loss });
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Echo);
        Task<RpcReply>[] calls = [.. Enumerable.Range(0, 300).Select(i => cluster[1].Rpc.CallAsync(cluster[0].NodeId, "echo", RpcMesh.Utf8($"{i}")).AsTask())];
        RpcReply[] replies = await cluster.RunAsync(Task.WhenAll(calls));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), replies.Select(reply => reply.Text()));
    }

    [Fact]
    public async Task A_large_body_travels_both_ways()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Echo);
        byte[] body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        RpcReply reply = await cluster.RunAsync(cluster[1].Rpc.CallAsync(cluster[0].NodeId, "echo", body).AsTask());
        Assert.True(reply.Body.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task A_call_to_oneself_needs_no_network()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(1);
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Echo);
        Assert.Equal("me", (await cluster.CallAsync("echo", "me", caller: 0)).Text());
        await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.CallAsync("nothing", "me", caller: 0));
    }
}
