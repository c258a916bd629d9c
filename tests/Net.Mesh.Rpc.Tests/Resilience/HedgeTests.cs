using System.Collections.Concurrent;
using Net.Mesh.Rpc.Tests.Discovery;
using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Resilience;

/// <summary>Races. Node 1 calls; 0 and 2 serve.</summary>
public sealed class HedgeTests
{
    private static readonly HedgePolicy AfterASecond = new() { Delay = RpcMesh.Seconds(1) };

    [Fact]
    public async Task The_second_server_wins_and_the_slow_first_one_is_cancelled()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle slow = cluster[0].Rpc.Serve("echo", Hangs);
        await using ServeHandle fast = cluster[2].Rpc.Serve("echo", Servers.Named(2));
        RpcReply reply = await cluster.RunAsync(cluster[1].Rpc.CallWithHedgeToAsync([cluster[0].NodeId, cluster[2].NodeId], "echo", default, AfterASecond, new() { Deadline = Timeout.InfiniteTimeSpan }).AsTask());
        Assert.Equal("2", reply.Text());
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
        Assert.Equal(1, cluster[0].Rpc.GetMetricsSnapshot().Services[0].HandlerInvocationsTotal);
    }

    [Fact]
    public async Task A_first_server_that_is_in_time_is_the_only_one_asked()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        RpcReply reply = await cluster.RunAsync(cluster[1].Rpc.CallWithHedgeToAsync([cluster[2].NodeId, cluster[0].NodeId], "echo", default, AfterASecond).AsTask());
        Assert.Equal("2", reply.Text());
        cluster.Run(RpcMesh.Seconds(5));
        Assert.Equal(0, cluster[0].Rpc.GetMetricsSnapshot().Services[0].HandlerInvocationsTotal);
    }

    [Fact]
    public async Task Where_all_fail_the_first_failure_counts_and_nobody_waits_for_a_delay()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle one = cluster[0].Rpc.Serve("echo", static (_, _) => throw new RpcApplicationException(RpcStatus.TypedHandlerError, "first"));
        await using ServeHandle two = cluster[2].Rpc.Serve("echo", static (_, _) => throw new RpcApplicationException(RpcStatus.TypedHandlerError, "second"));
        var failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(
            cluster[1].Rpc.CallWithHedgeToAsync([cluster[0].NodeId, cluster[2].NodeId], "echo", default, new() { Delay = TimeSpan.FromDays(1) }, new() { Deadline = Timeout.InfiniteTimeSpan }).AsTask()));
        Assert.Equal("first", failed.Detail);
        Assert.Equal(1, cluster[2].Rpc.GetMetricsSnapshot().Services[0].HandlerInvocationsTotal);
    }

    [Fact]
    public async Task Without_hedges_it_is_a_plain_call_and_without_targets_there_is_no_route()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle broken = cluster[0].Rpc.Serve("echo", static (_, _) => throw new InvalidOperationException());
        await using ServeHandle sound = cluster[2].Rpc.Serve("echo", Servers.Named(2));
        NodeId[] targets = [cluster[0].NodeId, cluster[2].NodeId];
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(cluster[1].Rpc.CallWithHedgeToAsync(targets, "echo", default, new() { Hedges = 0 }).AsTask()));
        await Assert.ThrowsAsync<RpcNoRouteException>(async () => await cluster[1].Rpc.CallWithHedgeToAsync([], "echo", default));
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(cluster[1].Rpc.CallWithHedgeToAsync(targets[..1], "echo", default).AsTask()));
    }

    [Fact]
    public async Task By_service_the_lowest_are_asked_or_with_the_option_those_whose_turn_it_is()
    {
        await using MeshTestCluster cluster = await Servers.StartAsync("echo");
        int lowest = cluster[0].NodeId.CompareTo(cluster[2].NodeId) < 0 ? 0 : 2;
        for (int i = 0; i < 3; i++)
            Assert.Equal($"{lowest}", (await cluster.RunAsync(cluster[1].Rpc.CallServiceWithHedgeAsync("echo", default, AfterASecond).AsTask())).Text());
        var reached = new HashSet<string>();
        for (int i = 0; i < 2; i++)
            reached.Add(await cluster.CallServiceAsync("echo", new() { Hedge = AfterASecond }));
        Assert.Equal(2, reached.Count);
    }

    [Fact]
    public async Task A_call_to_one_node_is_hedged_with_another_to_the_same()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", (context, token) => Interlocked.Increment(ref count) == 1 ? Hangs(context, token) : new(RpcMesh.Utf8("again")));
        Assert.Equal("again", (await cluster.CallAsync("echo", "", new() { Hedge = AfterASecond })).Text());
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(2, count);
    }

    [Fact]
    public async Task One_deadline_and_one_token_end_the_whole_race()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        var deadlines = new ConcurrentBag<DateTimeOffset>();
        UnaryHandler noted = (context, token) =>
        {
            deadlines.Add(context.Deadline ?? default);
            return Hangs(context, token);
        };
        await using ServeHandle one = cluster[0].Rpc.Serve("echo", noted);
        await using ServeHandle two = cluster[2].Rpc.Serve("echo", noted);
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("echo").Count == 2);
        var within5 = new CallOptions { Hedge = AfterASecond, Deadline = RpcMesh.Seconds(5) };
        await Assert.ThrowsAsync<RpcTimeoutException>(() => cluster.CallServiceAsync("echo", within5));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers + cluster[2].Rpc.RunningHandlers == 0);
        Assert.Equal(2, deadlines.Count);
        Assert.Single(deadlines.Distinct());

        using var stop = new CancellationTokenSource();
        Task<RpcReply> call = cluster[1].Rpc.CallServiceAsync("echo", default, new() { Hedge = AfterASecond, Deadline = Timeout.InfiniteTimeSpan }, stop.Token).AsTask();
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers + cluster[2].Rpc.RunningHandlers == 2);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.RunAsync(call));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers + cluster[2].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task A_race_that_fails_is_run_again_by_a_retry()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        int count = 0;
        UnaryHandler third = (_, _) => Interlocked.Increment(ref count) < 3 ? throw new InvalidOperationException() : new(RpcMesh.Utf8("third"));
        await using ServeHandle one = cluster[0].Rpc.Serve("echo", third);
        await using ServeHandle two = cluster[2].Rpc.Serve("echo", third);
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("echo").Count == 2);
        Assert.Equal("third", await cluster.CallServiceAsync("echo", new() { Hedge = AfterASecond, Retry = RetryPolicy.Default }));
        Assert.Equal(3, count);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> Hangs(RpcContext context, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return default;
    }
}
