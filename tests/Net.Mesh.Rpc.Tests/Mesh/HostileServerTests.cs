using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Rpc.Tests.Mesh;

/// <summary>What a caller makes of frames that no honest server sends. Node 0 and 2 send them, node 1 calls node 0.</summary>
public sealed class HostileServerTests
{
    [Fact]
    [Trait("spec", "07 I4"), Trait("spec", "07 I6"), Trait("spec", "07 T7"), Trait("spec", "07 T8")]
    public async Task Only_a_readable_answer_of_the_node_that_was_called_counts()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(3);
        RawNode server = await RawNode.OnAsync(cluster[0], "echo");
        RawNode stranger = await RawNode.OnAsync(cluster[2], "echo");
        server.Accept(cluster[0]);
        Task<RpcReply> call = cluster[1].Rpc.CallAsync(cluster[0].NodeId, "echo", RpcMesh.Utf8("x")).AsTask();
        await cluster.UntilAsync(() => server.Received.Count == 1);
        ulong id = server.Received[0].Meta.Number;
        NodeId caller = cluster[1].NodeId;
        OriginHash origin = cluster[1].Identity.OriginHash;

        stranger.SendReply(caller, origin, Response(stranger, id, "forged"));
        server.SendReply(caller, origin, Response(server, id + 1, "another call"));
        server.SendReply(caller, origin, [.. Meta(server, RpcDispatch.Response, id), 0]);
        server.SendReply(caller, origin, new byte[5]);
        server.SendReply(caller, origin, [.. Meta(server, RpcDispatch.RequestGrant, id), 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 1]);
        server.SendReply(caller, origin, Meta(server, RpcDispatch.Cancel, id));
        cluster.Run(RpcMesh.Seconds(1));
        Assert.False(call.IsCompleted);
        Assert.Equal(1, cluster[1].Rpc.DroppedFor(RpcDrop.WrongSender));
        Assert.Equal(1, cluster[1].Rpc.DroppedFor(RpcDrop.UnknownCall));
        Assert.Equal(3, cluster[1].Rpc.DroppedFor(RpcDrop.Malformed));
        Assert.Equal(1, cluster[1].Rpc.DroppedFor(RpcDrop.TooShort));

        server.SendReply(caller, origin, Response(server, id, "true"));
        Assert.Equal("true", (await cluster.RunAsync(call)).Text());
        server.SendReply(caller, origin, Response(server, id, "again"));
        cluster.Run(RpcMesh.Seconds(1));
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task A_server_that_ignores_the_window_ends_the_call_and_not_the_caller()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(2, rpc: static options => options.MaxUnreadItems = 100);
        RawNode server = await RawNode.OnAsync(cluster[0], "flood");
        server.Accept(cluster[0]);
        await using RpcStream stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "flood", default, new() { StreamWindow = 10 }).AsTask());
        await cluster.UntilAsync(() => server.Received.Count == 1);
        ulong id = server.Received[0].Meta.Number;
        for (int i = 0; i < 200; i++)
        {
            if (i % 8 == 0)
                cluster.Run(TimeSpan.FromMilliseconds(10));
            server.SendReply(cluster[1].NodeId, cluster[1].Identity.OriginHash, RpcEvents.Response(server.Origin, id, 0, RpcHeaderNames.Continue, "x"u8).Memory.Span);
        }
        cluster.Run(RpcMesh.Seconds(1));
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
        int read = 0;
        await Assert.ThrowsAsync<RpcTransportException>(() => cluster.RunAsync(ReadAsync()));
        Assert.Equal(100, read);
        Assert.Equal((byte)RpcDispatch.Cancel, server.Received[^1].Meta.Dispatch);

        async Task ReadAsync()
        {
            await foreach (ReadOnlyMemory<byte> _ in stream)
                read++;
        }
    }

    [Fact]
    public async Task Credit_beyond_all_measure_is_cut()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        RawNode server = await RawNode.OnAsync(cluster[0], "up");
        server.Accept(cluster[0]);
        await using RpcClientStream upload = await cluster.RunAsync(cluster[1].Rpc.CallClientStreamAsync(cluster[0].NodeId, "up", new() { RequestWindow = 1 }).AsTask());
        await upload.SendAsync(RpcMesh.Utf8("first"));
        await cluster.UntilAsync(() => server.Received.Count == 1);
        Task second = upload.SendAsync(RpcMesh.Utf8("second")).AsTask();
        cluster.Run(RpcMesh.Seconds(2));
        Assert.False(second.IsCompleted);
        for (int i = 0; i < 3; i++)
            server.SendReply(cluster[1].NodeId, cluster[1].Identity.OriginHash, RpcEvents.RequestGrant(server.Origin, upload.CallId, uint.MaxValue).Memory.Span);
        await cluster.RunAsync(second);
        await cluster.UntilAsync(() => server.Received.Count == 2);
    }

    private static byte[] Response(RawNode from, ulong callId, string text) => RpcEvents.Response(from.Origin, callId, 0, [], RpcMesh.Utf8(text)).Memory.ToArray();

    private static byte[] Meta(RawNode from, RpcDispatch dispatch, ulong callId)
    {
        byte[] bytes = new byte[EventMeta.Size];
        new EventMeta((byte)dispatch, from.Origin, callId).Write(bytes);
        return bytes;
    }
}
