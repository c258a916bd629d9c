using System.Runtime.CompilerServices;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>Deadlines, cancellation, disconnection and disposal at every stage of a call: whatever happens, nothing stays behind.</summary>
public sealed class LifetimeTests
{
    /// <summary>Where a call is when something happens to it.</summary>
    public enum Stage
    {
        InFlight,
        MidStream,
        BlockedOnCredit,
        Uploading,
        UploadBlockedOnCredit,
    }

    /// <summary>What happens to it.</summary>
    public enum Blow
    {
        Cancelled,
        Deadline,
        ServerGone,
        CallerGone,
        Disposed,
    }

    public static TheoryData<Stage, Blow> All()
    {
        var all = new TheoryData<Stage, Blow>();
        foreach (Stage stage in Enum.GetValues<Stage>())
        {
            foreach (Blow blow in Enum.GetValues<Blow>())
            {
                if (stage != Stage.InFlight || blow != Blow.Disposed)
                    all.Add(stage, blow);
            }
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("spec", "07 T2")]
    public async Task Whatever_ends_a_call_frees_everything_of_it_on_both_sides(Stage stage, Blow blow)
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(node: static options => options.SessionTimeout = TimeSpan.FromSeconds(10));
        int reached = 0;
        await using ServeHandle unary = cluster[0].Rpc.Serve("unary", async (_, token) =>
        {
            Interlocked.Increment(ref reached);
            await Task.Delay(Timeout.Infinite, token);
            return default;
        });
        await using ServeHandle stream = cluster[0].Rpc.ServeStreaming("stream", (_, token) => EndlessAsync(() => Interlocked.Increment(ref reached), token));
        await using ServeHandle upload = cluster[0].Rpc.ServeClientStream("upload", async (context, items, token) =>
        {
            await foreach (ReadOnlyMemory<byte> _ in items.WithCancellation(token))
            {
                Interlocked.Increment(ref reached);
                if (stage == Stage.UploadBlockedOnCredit)
                    await Task.Delay(Timeout.Infinite, token);
            }
            return default;
        });
        using var stop = new CancellationTokenSource();
        var options = new CallOptions { StreamWindow = 2, RequestWindow = 2, GrantsByHand = stage == Stage.BlockedOnCredit, Deadline = blow == Blow.Deadline ? TimeSpan.FromSeconds(12) : Timeout.InfiniteTimeSpan };
        var disposal = new TaskCompletionSource();
        Task call = CallAsync(cluster, stage, options, disposal.Task, stop.Token);
        await cluster.UntilAsync(() => reached >= (stage == Stage.BlockedOnCredit ? 3 : 1));
        Assert.Equal((1, 1), (cluster[0].Rpc.RunningHandlers, cluster[1].Rpc.PendingCalls));

        switch (blow)
        {
            case Blow.Cancelled:
                await stop.CancelAsync();
                break;
            case Blow.ServerGone:
                cluster.Crash(0);
                break;
            case Blow.CallerGone:
                cluster.Crash(1);
                break;
            case Blow.Disposed:
                disposal.SetResult();
                break;
        }
        if (blow == Blow.CallerGone)
        {
            await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0, TimeSpan.FromMinutes(2));
            return;
        }
        Exception? ended = null;
        try
        {
            await cluster.RunAsync(call, TimeSpan.FromMinutes(2));
        }
        catch (Exception cause)
        {
            ended = cause;
        }
        Assert.IsType(
            blow switch { Blow.Deadline => typeof(RpcTimeoutException), Blow.ServerGone => typeof(RpcTransportException), _ => typeof(OperationCanceledException) },
            ended is TaskCanceledException ? new OperationCanceledException() : ended);
        // A server that is cut off misses its caller just the same.
        await cluster.UntilAsync(() => cluster[1].Rpc.PendingCalls == 0 && cluster[0].Rpc.RunningHandlers == 0);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_is_made_sends_nothing()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int ran = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", (context, _) =>
        {
            ran++;
            return new(context.Payload);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.CallAsync("echo", "x", cancellationToken: new CancellationToken(true)));
        cluster.Run(RpcMesh.Seconds(1));
        Assert.Equal(0, ran);
    }

    [Fact]
    [Trait("spec", "07 T1")]
    public async Task A_handler_that_ends_well_after_a_cancel_is_answered_cancelled()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var started = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        await using ServeHandle served = cluster[0].Rpc.Serve("deaf", async (context, _) =>
        {
            started.TrySetResult();
            await gate.Task;
            return context.Payload;
        });
        RawNode raw = await RawNode.OnAsync(cluster[1], "deaf");
        raw.Request(cluster[0].NodeId, 7, "x");
        await cluster.RunAsync(started.Task);
        raw.SendRequest(cluster[0].NodeId, Wire.RpcEvents.Cancel(raw.Origin, 7).Memory.Span);
        cluster.Run(RpcMesh.Seconds(1));
        gate.SetResult();
        await cluster.UntilAsync(() => raw.Answers(7).Count == 1);
        Assert.Equal(RpcStatus.Cancelled, raw.Answers(7)[0].Status);
        Assert.Contains("server observed CANCEL", raw.Answers(7)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "07 T5")]
    public async Task Disposing_of_a_service_lets_running_calls_be_answered()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var gate = new TaskCompletionSource();
        ServeHandle served = cluster[0].Rpc.Serve("slow", async (context, _) =>
        {
            await gate.Task;
            return context.Payload;
        });
        Task<RpcReply> call = cluster[1].Rpc.CallAsync(cluster[0].NodeId, "slow", RpcMesh.Utf8("x")).AsTask();
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 1);
        Task stopping = served.DisposeAsync().AsTask();
        cluster.Run(RpcMesh.Seconds(1));
        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        Assert.Equal("x", (await cluster.RunAsync(call)).Text());
        await cluster.RunAsync(stopping);
    }

    [Fact]
    public async Task After_a_restart_of_the_server_the_next_call_gets_through()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        _ = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        Assert.Equal("before", (await cluster.CallAsync("echo", "before")).Text());
        cluster.Crash(0);
        await cluster.RestartAsync(0);
        _ = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        await cluster.ConnectAsync(1, 0);
        Assert.Equal("after", (await cluster.CallAsync("echo", "after")).Text());
    }

    [Fact]
    public async Task A_call_reaches_a_server_behind_a_relay()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 1, null, static (_, builder) => builder.WithRpc());
        await cluster.ConnectLineAsync();
        await cluster.ConnectAsync(2, 0, via: 1);
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        Assert.Equal("far", (await cluster.CallAsync("echo", "far", caller: 2)).Text());
        Assert.True(cluster[2].Peers.TryGet(cluster[0].NodeId, out Peer? peer) && peer.IsRelayed);
    }

    private static async Task CallAsync(MeshTestCluster cluster, Stage stage, CallOptions options, Task disposal, CancellationToken stop)
    {
        MeshRpc rpc = cluster[1].Rpc;
        NodeId server = cluster[0].NodeId;
        switch (stage)
        {
            case Stage.InFlight:
                await rpc.CallAsync(server, "unary", default, options, stop);
                break;
            case Stage.MidStream or Stage.BlockedOnCredit:
                RpcStream stream = await rpc.CallStreamingAsync(server, "stream", default, options, stop);
                _ = disposal.ContinueWith(async _ => await stream.DisposeAsync(), TaskScheduler.Default);
                await foreach (ReadOnlyMemory<byte> _ in stream)
                {
                }
                break;
            default:
                RpcClientStream upload = await rpc.CallClientStreamAsync(server, "upload", options, stop);
                _ = disposal.ContinueWith(async _ => await upload.DisposeAsync(), TaskScheduler.Default);
                while (true)
                {
                    await upload.SendAsync(RpcMesh.Utf8("item"), CancellationToken.None);
                    if (stage == Stage.Uploading)
                        await Task.Delay(TimeSpan.FromMilliseconds(100), cluster.Time, CancellationToken.None);
                }
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> EndlessAsync(Action made, [EnumeratorCancellation] CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            made();
            yield return RpcMesh.Utf8("item");
        }
        await Task.CompletedTask;
    }
}
