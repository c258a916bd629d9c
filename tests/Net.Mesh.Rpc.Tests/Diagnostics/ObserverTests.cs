using System.Collections.Concurrent;
using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Diagnostics;

/// <summary>Who is told of calls. Node 0 serves, node 1 calls.</summary>
public sealed class ObserverTests
{
    [Fact]
    public async Task Both_sides_are_told_of_a_call_and_of_one_that_failed()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var (calling, serving) = (new Told(), new Told());
        cluster[1].Rpc.SetObserver(calling);
        cluster[0].Rpc.SetObserver(serving);
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", static (context, _) => context.Payload.IsEmpty ? throw new RpcApplicationException(RpcStatus.TypedHandlerError, "empty") : new(RpcMesh.Utf8("answer")));
        await cluster.CallAsync("echo", "abc");
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("echo", ""));
        await cluster.UntilAsync(() => calling.Count == 2 && serving.Count == 2);
        foreach ((Told told, RpcCallDirection direction) in new[] { (calling, RpcCallDirection.Outbound), (serving, RpcCallDirection.Inbound) })
        {
            RpcCallEvent[] events = told.All;
            Assert.Equal((cluster[1].NodeId, cluster[0].NodeId, "echo", direction), (events[0].Caller, events[0].Callee, events[0].Method, events[0].Direction));
            Assert.Equal((RpcCallStatusKind.Ok, null, 3u, 6u), (events[0].Status.Kind, events[0].Status.Message, events[0].RequestBytes, events[0].ResponseBytes));
            Assert.Equal(RpcCallStatusKind.Error, events[1].Status.Kind);
            Assert.Contains("empty", events[1].Status.Message, StringComparison.Ordinal);
            Assert.NotEqual(0ul, events[0].TimestampUnixMs);
        }
    }

    [Fact]
    public async Task Streams_timeouts_cancels_and_missing_services_are_told_too()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var told = new Told();
        cluster[1].Rpc.SetObserver(told);
        await using ServeHandle hangs = cluster[0].Rpc.Serve("hangs", static async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        await using ServeHandle both = cluster[0].Rpc.ServeDuplex("both", static (_, items, _) => items);
        await Assert.ThrowsAsync<RpcTimeoutException>(() => cluster.CallAsync("hangs", "", new() { Deadline = RpcMesh.Seconds(1) }));
        await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.CallAsync("missing", ""));
        RpcDuplex duplex = await cluster.RunAsync(cluster[1].Rpc.CallDuplexAsync(cluster[0].NodeId, "both").AsTask());
        await cluster.RunAsync(duplex.SendAsync(RpcMesh.Utf8("12345")).AsTask());
        await cluster.RunAsync(duplex.FinishSendingAsync().AsTask());
        await cluster.RunAsync(duplex.ReadAllAsync());
        await duplex.DisposeAsync();
        RpcDuplex left = await cluster.RunAsync(cluster[1].Rpc.CallDuplexAsync(cluster[0].NodeId, "both").AsTask());
        await left.DisposeAsync();
        await cluster.UntilAsync(() => told.Count == 4 && cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal([RpcCallStatusKind.Timeout, RpcCallStatusKind.Error, RpcCallStatusKind.Ok, RpcCallStatusKind.Canceled], told.All.Select(call => call.Status.Kind));
        Assert.Equal((5u, 5u), (told.All[2].RequestBytes, told.All[2].ResponseBytes));
    }

    [Fact]
    public async Task One_that_is_taken_away_or_replaced_is_told_no_more_and_one_that_throws_is_told_on()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        var (first, second) = (new Told { Throws = true }, new Told());
        cluster[1].Rpc.SetObserver(first);
        await cluster.CallAsync("echo", "");
        await cluster.CallAsync("echo", "");
        await cluster.UntilAsync(() => first.Count == 2);
        cluster[1].Rpc.SetObserver(second);
        await cluster.CallAsync("echo", "");
        await cluster.UntilAsync(() => second.Count == 1);
        cluster[1].Rpc.SetObserver(null);
        await cluster.CallAsync("echo", "");
        Assert.Equal((2, 1), (first.Count, second.Count));
    }

    [Fact]
    public async Task What_a_slow_one_has_no_room_for_is_dropped_and_counted()
    {
        var observer = new CallObserver();
        using var gate = new ManualResetEventSlim();
        var told = new Told { Gate = gate };
        observer.Set(told);
        observer.Tell(default, default, "echo", default, default, 0, 0, default);
        Assert.True(SpinWait.SpinUntil(() => told.Count == 1, RpcMesh.Seconds(30)));
        for (int i = 0; i < 1024 + 7; i++)
            observer.Tell(default, default, "echo", default, default, 0, 0, default);
        Assert.Equal(7, observer.Dropped);
        gate.Set();
        await observer.StopAsync(RpcMesh.Seconds(30));
        Assert.Equal(1025, told.Count);
        observer.Tell(default, default, "echo", default, default, 0, 0, default);
        Assert.Equal(1025, told.Count);
    }

    private sealed class Told : IRpcObserver
    {
        private readonly ConcurrentQueue<RpcCallEvent> _events = new();

        public bool Throws { get; init; }

        public ManualResetEventSlim? Gate { get; init; }

        public int Count => _events.Count;

        public RpcCallEvent[] All => [.. _events];

        public void OnCall(in RpcCallEvent ended)
        {
            _events.Enqueue(ended);
            Gate?.Wait();
            if (Throws)
                throw new InvalidOperationException("a bug of the observer");
        }
    }
}
