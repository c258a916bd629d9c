using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>What a server answers to frames that no honest caller sends. Node 0 serves, node 1 sends them.</summary>
public sealed class HostileCallerTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);

    [Fact]
    [Trait("spec", "07 I1"), Trait("spec", "07 I2"), Trait("spec", "07 I5")]
    public async Task Frames_that_are_short_unknown_or_malformed_are_counted_and_nothing_else()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = Echo(cluster);
        RawNode raw = await RawNode.OnAsync(cluster[1], "echo");
        NodeId server = cluster[0].NodeId;
        raw.SendRequest(server, new byte[23]);
        raw.SendRequest(server, Meta(raw, 0x42, 1));
        raw.SendRequest(server, Meta(raw, (byte)RpcDispatch.Response, 1));
        raw.SendRequest(server, Meta(raw, (byte)RpcDispatch.DeadlineExceeded, 1));
        raw.SendRequest(server, [.. Meta(raw, (byte)RpcDispatch.StreamGrant, 1), 0, 0, 1]);
        raw.SendRequest(server, [.. Meta(raw, (byte)RpcDispatch.RequestChunk, 1), 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // another call's
        raw.SendRequest(server, [.. Meta(raw, (byte)RpcDispatch.RequestChunk, 1), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        raw.SendRequest(server, Meta(raw, (byte)RpcDispatch.Cancel, 99));
        cluster.Run(Moment);
        Assert.Empty(raw.Received);
        Assert.Equal(1, cluster[0].Rpc.DroppedFor(RpcDrop.TooShort));
        Assert.Equal(5, cluster[0].Rpc.DroppedFor(RpcDrop.Malformed));
        Assert.Equal(1, cluster[0].Rpc.DroppedFor(RpcDrop.UnknownCall));
        raw.Request(server, 7, "still here");
        await cluster.UntilAsync(() => raw.Answers(7).Count == 1);
        Assert.Equal("still here", raw.Answers(7)[0].Text);
    }

    [Fact]
    [Trait("spec", "07 I3")]
    public async Task A_request_that_cannot_be_read_is_answered_and_the_service_goes_on()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = Echo(cluster);
        RawNode raw = await RawNode.OnAsync(cluster[1], "echo");
        raw.SendRequest(cluster[0].NodeId, [.. Meta(raw, (byte)RpcDispatch.Request, 5), 4, (byte)'e']);
        await cluster.UntilAsync(() => raw.Answers(5).Count == 1);
        Assert.Equal(RpcStatus.UnknownVersion, raw.Answers(5)[0].Status);
        // More headers than anybody may send, and flags that nobody knows.
        raw.SendRequest(cluster[0].NodeId, [.. Meta(raw, (byte)RpcDispatch.Request, 6), 4, .. "echo"u8, .. new byte[10], 33]);
        raw.Request(cluster[0].NodeId, 8, "flags", (RpcFlags)0xFFC0);
        await cluster.UntilAsync(() => raw.Answers(6).Count == 1 && raw.Answers(8).Count == 1);
        Assert.Equal(RpcStatus.UnknownVersion, raw.Answers(6)[0].Status);
        Assert.Equal((RpcStatus.Ok, "flags", ""), raw.Answers(8)[0]);
    }

    [Fact]
    [Trait("spec", "07 I7"), Trait("spec", "07 T4")]
    public async Task A_second_request_of_a_running_call_is_refused_and_the_first_is_answered_all_the_same()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var gate = new TaskCompletionSource();
        int ran = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("slow", async (context, _) =>
        {
            Interlocked.Increment(ref ran);
            await gate.Task;
            return context.Payload;
        });
        RawNode raw = await RawNode.OnAsync(cluster[1], "slow");
        raw.Request(cluster[0].NodeId, 7, "first");
        raw.Request(cluster[0].NodeId, 7, "second");
        await cluster.UntilAsync(() => raw.Answers(7).Count == 1);
        Assert.Equal(RpcStatus.Internal, raw.Answers(7)[0].Status);
        gate.SetResult();
        await cluster.UntilAsync(() => raw.Answers(7).Count == 2);
        Assert.Equal((RpcStatus.Ok, "first", ""), raw.Answers(7)[1]);
        Assert.Equal(1, ran);
    }

    [Fact]
    [Trait("spec", "07 I8")]
    public async Task A_request_that_comes_again_after_its_answer_does_not_run_again()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int ran = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("once", (context, _) =>
        {
            Interlocked.Increment(ref ran);
            return new(context.Payload);
        });
        RawNode raw = await RawNode.OnAsync(cluster[1], "once");
        raw.Request(cluster[0].NodeId, 7, "x");
        await cluster.UntilAsync(() => raw.Answers(7).Count == 1);
        raw.Request(cluster[0].NodeId, 7, "x");
        cluster.Run(Moment);
        Assert.Equal(1, ran);
        Assert.Equal(1, cluster[0].Rpc.DroppedFor(RpcDrop.Repeated));
    }

    [Fact]
    [Trait("spec", "07 T20")]
    public async Task A_request_that_claims_anothers_origin_is_dropped()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle served = Echo(cluster);
        RawNode raw = await RawNode.OnAsync(cluster[1], "echo");
        raw.Request(cluster[0].NodeId, 7, "x", origin: cluster[2].Identity.OriginHash);
        cluster.Run(Moment);
        Assert.Equal(1, cluster[0].Rpc.DroppedFor(RpcDrop.ForeignOrigin));
        Assert.Empty(raw.Received);
    }

    [Fact]
    [Trait("spec", "07 I10"), Trait("spec", "07 T17")]
    public async Task Who_is_not_on_the_allow_list_is_denied_and_who_is_gets_through_also_after_announcements_expired()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle served = Echo(cluster);
        await cluster[0].Capabilities.AnnounceAsync(new(), new() { AllowedNodes = [cluster[2].NodeId] });
        cluster.Run(TimeSpan.FromMinutes(20));
        Assert.Equal("echo", (await Assert.ThrowsAsync<RpcCapabilityDeniedException>(() => cluster.CallAsync("echo", "x"))).Capability[5..]);
        Assert.Equal("x", (await cluster.CallAsync("echo", "x", caller: 2)).Text());
        Assert.Equal(1, cluster[0].Rpc.GetMetricsSnapshot().Services.Single(service => service.Service == "echo").CapabilityDeniedTotal);
    }

    [Fact]
    [Trait("spec", "07 I11")]
    public async Task A_request_for_a_service_that_is_served_no_more_is_answered_not_found()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        ServeHandle served = Echo(cluster);
        Assert.Equal("x", (await cluster.CallAsync("echo", "x")).Text());
        await cluster.RunAsync(served.DisposeAsync().AsTask());
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("echo", "x"));
        Assert.Equal(RpcStatus.NotFound, failed.Status);
        await using ServeHandle again = Echo(cluster);
        Assert.Equal("y", (await cluster.CallAsync("echo", "y")).Text());
    }

    [Fact]
    [Trait("spec", "07 I12"), Trait("spec", "07 I13")]
    public async Task A_call_of_another_shape_than_the_service_ends_and_does_not_hang()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle echo = Echo(cluster);
        await using ServeHandle three = cluster[0].Rpc.ServeStreaming("three", static (_, _) => ThreeAsync());
        await using ServeHandle join = cluster[0].Rpc.ServeClientStream("join", static async (_, items, token) => RpcMesh.Utf8(string.Join(',', await items.ReadAllAsync(token))));
        Assert.Equal("a", (await cluster.CallAsync("three", "")).Text()); // the first item resolves a unary call
        await using RpcStream stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "echo", RpcMesh.Utf8("one")).AsTask());
        Assert.Equal(["one"], await cluster.RunAsync(stream.ReadAllAsync()));
        Assert.Equal(RpcStatus.Internal, (await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("join", "x"))).Status);
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
    }

    [Fact]
    [Trait("spec", "07 I14"), Trait("spec", "07 T13")]
    public async Task Claimed_origins_and_cancels_of_calls_that_never_were_cost_no_memory()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = Echo(cluster);
        RawNode raw = await RawNode.OnAsync(cluster[1], "echo");
        for (ulong i = 0; i < 2000; i++)
        {
            raw.Request(cluster[0].NodeId, i, "x", origin: new OriginHash(i));
            raw.SendRequest(cluster[0].NodeId, Meta(raw, (byte)RpcDispatch.Cancel, i));
            if (i % 4 == 0)
                cluster.Run(TimeSpan.FromMilliseconds(10));
        }
        cluster.Run(Moment);
        Assert.Equal(2000, cluster[0].Rpc.DroppedFor(RpcDrop.ForeignOrigin));
        Assert.Equal(0, cluster[0].Rpc.RunningHandlers);
        Assert.Equal("x", (await cluster.CallAsync("echo", "x")).Text());
    }

    [Fact]
    public async Task More_calls_at_once_than_the_limit_are_refused_with_backpressure()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        var gate = new TaskCompletionSource();
        await using ServeHandle served = cluster[0].Rpc.Serve("slow", async (context, _) =>
        {
            await gate.Task;
            return context.Payload;
        }, new ServeOptions { MaxConcurrency = 5, MaxConcurrencyPerCaller = 3 });
        Task<RpcReply>[] one = [.. Enumerable.Range(0, 4).Select(i => cluster[1].Rpc.CallAsync(cluster[0].NodeId, "slow", RpcMesh.Utf8($"{i}")).AsTask())];
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 3 && one.Any(call => call.IsFaulted));
        Assert.Equal(RpcStatus.Backpressure, Assert.IsType<RpcServerException>(one.Single(call => call.IsFaulted).Exception!.InnerException).Status);
        Task<RpcReply>[] other = [.. Enumerable.Range(0, 3).Select(i => cluster[2].Rpc.CallAsync(cluster[0].NodeId, "slow", RpcMesh.Utf8($"{i}")).AsTask())];
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 5 && other.Any(call => call.IsFaulted));
        gate.SetResult();
        await cluster.UntilAsync(() => one.Concat(other).All(call => call.IsCompleted));
        Assert.Equal(5, one.Concat(other).Count(call => call.IsCompletedSuccessfully));
        Assert.Equal(2, cluster[0].Rpc.DroppedFor(RpcDrop.Refused));
    }

    [Fact]
    public async Task A_request_longer_than_the_service_takes_is_refused_and_says_so()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("short", static (context, _) => new(context.Payload), new ServeOptions { MaxRequestBytes = 10 });
        Assert.Equal("0123456789", (await cluster.CallAsync("short", "0123456789")).Text());
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("short", "0123456789a"));
        Assert.Equal(RpcStatus.TypedBadRequest, failed.Status);
        Assert.Contains("11 bytes", failed.Detail, StringComparison.Ordinal);
    }

    private static ServeHandle Echo(MeshTestCluster cluster) => cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));

    private static byte[] Meta(RawNode raw, byte dispatch, ulong callId)
    {
        byte[] bytes = new byte[EventMeta.Size];
        new EventMeta(dispatch, raw.Origin, callId).Write(bytes);
        return bytes;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ThreeAsync()
    {
        foreach (string item in new[] { "a", "b", "c" })
            yield return RpcMesh.Utf8(item);
        await Task.CompletedTask;
    }
}
