using Net.Mesh.Rpc.Wire;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>What the reference met (spec 07 §18), and ours does not.</summary>
public sealed class TrapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [Trait("spec", "07 T3")]
    public async Task Items_of_concurrent_calls_keep_their_order_and_the_end_comes_last(int seed)
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(2, seed, new LinkProfile { Loss = 0.05 });
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming("count", static (_, _) => CountAsync(200));
        Task<List<string>>[] streams = [.. Enumerable.Range(0, 8).Select(_ => ReadAsync(cluster))];
        foreach (List<string> items in await cluster.RunAsync(Task.WhenAll(streams)))
            Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), items);
    }

    [Fact]
    [Trait("spec", "07 T6")]
    public async Task Services_whose_channels_share_a_wire_hash_do_not_disturb_one_another()
    {
        (string one, string other) = CollidingServices();
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        ServeHandle first = cluster[0].Rpc.Serve(one, static (_, _) => new(RpcMesh.Utf8("one")));
        await using ServeHandle second = cluster[0].Rpc.Serve(other, static (_, _) => new(RpcMesh.Utf8("other")));
        Assert.Equal("one", (await cluster.CallAsync(one, "")).Text());
        Assert.Equal("other", (await cluster.CallAsync(other, "")).Text());
        await cluster.RunAsync(first.DisposeAsync().AsTask());
        Assert.Equal("other", (await cluster.CallAsync(other, "")).Text());
    }

    [Fact]
    [Trait("spec", "07 T9")]
    public async Task Credit_comes_back_in_one_message_for_many_items()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        RawNode raw = await RawNode.OnAsync(cluster[1], "sum");
        await using ServeHandle served = cluster[0].Rpc.ServeClientStream("sum", static async (_, items, token) => RpcMesh.Utf8($"{(await items.ReadAllAsync(token)).Count}"));
        raw.Request(cluster[0].NodeId, 7, "0", RpcFlags.ClientStreaming, headers: new RpcHeader(RpcHeaderNames.RequestWindow, "64"));
        for (int i = 1; i <= 63; i++)
        {
            raw.SendRequest(cluster[0].NodeId, RpcEvents.RequestChunk(raw.Origin, 7, i == 63 ? RpcFlags.RequestEnd : RpcFlags.None, RpcMesh.Utf8($"{i}")).Memory.Span);
            if (i % 8 == 0)
                cluster.Run(TimeSpan.FromMilliseconds(10));
        }
        await cluster.UntilAsync(() => raw.Answers(7).Count == 1);
        Assert.Equal("64", raw.Answers(7)[0].Text);
        Assert.Equal(2, raw.Received.Count(received => received.Meta.Dispatch == (byte)RpcDispatch.RequestGrant));
    }

    [Fact]
    [Trait("spec", "07 T18")]
    public async Task What_a_handler_throws_stays_here_unless_it_is_asked_for()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        UnaryHandler leaking = static (_, _) => throw new InvalidOperationException("the password is 1234");
        await using ServeHandle quiet = cluster[0].Rpc.Serve("quiet", leaking);
        await using ServeHandle open = cluster[0].Rpc.Serve("open", leaking, new ServeOptions { IncludeExceptionDetail = true });
        await using ServeHandle meant = cluster[0].Rpc.Serve("meant", static (_, _) => throw new RpcApplicationException(new(0x9001), "no such user"));
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("quiet", ""));
        Assert.Equal((RpcStatus.Internal, "the handler failed"), (failed.Status, failed.Detail));
        Assert.Equal("the password is 1234", (await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("open", ""))).Detail);
        failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("meant", ""));
        Assert.Equal((new RpcStatus(0x9001), "no such user"), (failed.Status, failed.Detail));
    }

    [Fact]
    [Trait("spec", "07 T19")]
    public async Task Who_subscribes_to_anothers_answers_gets_none_of_them()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        await using ServeHandle up = cluster[0].Rpc.ServeClientStream("up", static async (_, items, token) => RpcMesh.Utf8($"{(await items.ReadAllAsync(token)).Count}"));
        ChannelName spied = RpcNames.Replies("echo", cluster[1].Identity.OriginHash);
        await using Channels.ChannelSubscription spy = await cluster.RunAsync(cluster[2].Channels.SubscribeAsync(cluster[0].NodeId, spied));
        int heard = 0;
        using var stop = new CancellationTokenSource();
        Task listening = ListenAsync();
        for (int i = 0; i < 20; i++)
            await cluster.CallAsync("echo", $"{i}");
        cluster.Run(RpcMesh.Seconds(1));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cluster.RunAsync(listening));
        Assert.Equal(0, heard);

        async Task ListenAsync()
        {
            await foreach (Channels.ChannelMessage _ in spy.ReadAllAsync(stop.Token))
                heard++;
        }
    }

    [Fact]
    [Trait("spec", "07 T21")]
    public async Task An_answer_that_crosses_the_cancel_is_dropped_and_counted()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var gate = new TaskCompletionSource();
        await using ServeHandle served = cluster[0].Rpc.Serve("slow", async (context, _) =>
        {
            await gate.Task;
            return context.Payload;
        });
        using var stop = new CancellationTokenSource();
        Task<RpcReply> call = cluster[1].Rpc.CallAsync(cluster[0].NodeId, "slow", default, null, stop.Token).AsTask();
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 1);
        gate.SetResult();
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0 || call.IsCompleted);
        await stop.CancelAsync();
        try
        {
            await cluster.RunAsync(call);
        }
        catch (OperationCanceledException)
        {
            await cluster.UntilAsync(() => cluster[1].Rpc.DroppedFor(RpcDrop.UnknownCall) == 1);
        }
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    [Trait("spec", "07 I9")]
    public async Task A_request_that_somebody_recorded_and_sends_again_does_not_run_again()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int ran = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve("count", (context, _) =>
        {
            Interlocked.Increment(ref ran);
            return new(context.Payload);
        });
        await cluster.CallAsync("count", "first");
        var recorded = new List<byte[]>();
        DatagramAddress server = cluster.TransportOf(0).LocalAddress;
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (datagram.Fate == DatagramFate.Delivered && datagram.Destination == server)
                recorded.Add(datagram.Bytes.ToArray());
        };
        await cluster.CallAsync("count", "second");
        cluster.Network.Tap = null;
        Assert.NotEmpty(recorded);
        foreach (byte[] datagram in recorded)
        {
            var again = new DatagramBatch(Math.Max(1, datagram.Length));
            datagram.CopyTo(again.Reserve(datagram.Length));
            again.Commit(datagram.Length, server);
            cluster.TransportOf(1).Send(again);
        }
        cluster.Run(RpcMesh.Seconds(1));
        Assert.Equal(2, ran);
    }

    private static async Task<List<string>> ReadAsync(MeshTestCluster cluster)
    {
        await using RpcStream stream = await cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "count", default);
        return await stream.ReadAllAsync();
    }

    private static (string One, string Other) CollidingServices()
    {
        var seen = new Dictionary<ushort, string>();
        for (int i = 0; ; i++)
        {
            string service = $"s{i}";
            ushort hash = RpcNames.Requests(service).WireHash;
            if (!seen.TryAdd(hash, service))
                return (seen[hash], service);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> CountAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 7 == 0)
                await Task.Yield();
            yield return RpcMesh.Utf8($"{i}");
        }
    }
}
