using System.Collections.Concurrent;
using Net.Mesh.Rpc.Tests.Discovery;
using Net.Mesh.Rpc.Tests.Mesh;
using Polly;

namespace Net.Mesh.Rpc.Tests.Resilience;

public sealed class RetryTests
{
    private static readonly RetryPolicy Exact = new() { UsesJitter = false };

    [Fact]
    public async Task What_fails_twice_succeeds_the_third_time_each_way_to_ask_for_it()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("flaky", (_, _) => ++count % 3 != 0 ? throw new InvalidOperationException("not yet") : new(RpcMesh.Utf8($"{count}")));
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("flaky").Count == 1);
        MeshRpc rpc = cluster[1].Rpc;
        NodeId server = cluster[0].NodeId;
        Assert.Equal("3", (await cluster.CallAsync("flaky", "", new() { Retry = Exact })).Text());
        Assert.Equal("6", (await cluster.RunAsync(rpc.CallWithRetryAsync(server, "flaky", default).AsTask())).Text());
        Assert.Equal("9", (await cluster.RunAsync(rpc.CallServiceWithRetryAsync("flaky", default).AsTask())).Text());
        Assert.Equal("12", await cluster.CallServiceAsync("flaky", new() { Retry = RetryPolicy.Default }));
    }

    [Theory]
    [InlineData(0x8001)]
    [InlineData(0x8000)]
    [InlineData(0x0005)]
    public async Task What_the_application_answers_is_not_asked_again(int status)
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("no", (_, _) =>
        {
            count++;
            throw new RpcApplicationException(new RpcStatus((ushort)status), "no");
        });
        var failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("no", "", new() { Retry = Exact }));
        Assert.Equal(status, failed.Status.Code);
        Assert.Equal(1, count);
    }

    [Fact, Trait("spec", "07 T14")]
    public async Task A_request_that_cannot_be_encoded_is_not_tried_again()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", Servers.Named(0));
        await cluster.CallAsync("echo", "");
        int asked = 0;
        var policy = Exact with { ShouldRetry = failure => ++asked > 0 && RetryPolicy.IsTransient(failure) };
        await Assert.ThrowsAsync<RpcCodecException>(() => cluster.CallAsync("echo", "", new CallOptions { Retry = policy }.WithHeader(new string('x', 100), "")));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task When_all_attempts_fail_the_last_failure_is_thrown()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("broken", (_, _) => throw new RpcApplicationException(RpcStatus.Backpressure, $"{++count}"));
        var failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("broken", "", new() { Retry = Exact }));
        Assert.Equal("3", failed.Detail);
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("broken", "", new() { Retry = Exact with { MaxAttempts = 0 } }));
        Assert.Equal(4, count);
    }

    [Fact]
    public async Task One_deadline_covers_all_attempts()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var deadlines = new ConcurrentQueue<DateTimeOffset>();
        await using ServeHandle served = cluster[0].Rpc.Serve("broken", (context, _) =>
        {
            deadlines.Enqueue(context.Deadline ?? default);
            throw new InvalidOperationException();
        });
        var patient = new RetryPolicy { UsesJitter = false, MaxAttempts = 1000, InitialBackoff = RpcMesh.Seconds(20), MaxBackoff = RpcMesh.Seconds(20) };
        await Assert.ThrowsAsync<RpcTimeoutException>(() => cluster.CallAsync("broken", "", new() { Retry = patient, Deadline = RpcMesh.Seconds(70) }));
        Assert.InRange(deadlines.Count, 2, 4);
        Assert.Single(deadlines.Distinct());
    }

    [Fact]
    public async Task A_deadline_that_ends_an_attempt_ends_the_call()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("hangs", async (_, token) =>
        {
            count++;
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        await Assert.ThrowsAsync<RpcTimeoutException>(() => cluster.CallAsync("hangs", "", new() { Retry = Exact with { MaxAttempts = 100 }, Deadline = RpcMesh.Seconds(7) }));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.InRange(count, 1, 2);
    }

    [Fact]
    public async Task Cancelling_ends_the_pause_between_attempts()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("broken", (_, _) =>
        {
            count++;
            throw new InvalidOperationException();
        });
        using var stop = new CancellationTokenSource();
        var slow = new RetryPolicy { InitialBackoff = TimeSpan.FromHours(1), MaxBackoff = TimeSpan.FromHours(1) };
        Task<RpcReply> call = cluster[1].Rpc.CallAsync(cluster[0].NodeId, "broken", default, new() { Retry = slow, Deadline = Timeout.InfiniteTimeSpan }, stop.Token).AsTask();
        await cluster.UntilAsync(() => count == 1 && cluster[1].Rpc.PendingCalls == 0);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.RunAsync(call));
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Each_attempt_by_service_looks_for_a_node_anew()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle broken = cluster[0].Rpc.Serve("echo", static (_, _) => throw new InvalidOperationException());
        await using ServeHandle sound = cluster[2].Rpc.Serve("echo", Servers.Named(2));
        await cluster.UntilAsync(() => cluster[1].Rpc.FindServiceNodes("echo").Count == 2);
        for (int i = 0; i < 4; i++)
            Assert.Equal("2", await cluster.CallServiceAsync("echo", new() { Retry = Exact }));
    }

    [Fact]
    public async Task The_policies_go_into_a_pipeline_of_ones_own()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int count = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("flaky", (_, _) => ++count < 3 ? throw new InvalidOperationException() : new(RpcMesh.Utf8("third")));
        var breaker = new CircuitBreaker(time: cluster.Time);
        ResiliencePipeline<RpcReply> pipeline = new ResiliencePipelineBuilder<RpcReply> { TimeProvider = cluster.Time }
            .AddRpcRetry(Exact)
            .AddRpcCircuitBreaker(breaker)
            .AddRpcHedge(new HedgePolicy { Delay = RpcMesh.Seconds(15) }) // virtual time may run ahead of the pool
            .AddTimeout(RpcMesh.Seconds(20))
            .Build();
        RpcReply reply = await cluster.RunAsync(pipeline.ExecuteAsync(token => cluster[1].Rpc.CallAsync(cluster[0].NodeId, "flaky", default, null, token)).AsTask());
        Assert.Equal("third", reply.Text());
        Assert.Equal(3, count);
        Assert.Equal(0, breaker.ConsecutiveFailures);
    }
}
