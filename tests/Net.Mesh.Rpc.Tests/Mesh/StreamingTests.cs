using System.Runtime.CompilerServices;

namespace Net.Mesh.Rpc.Tests.Mesh;

public sealed class StreamingTests
{
    [Fact]
    public async Task A_stream_of_answers_arrives_in_order_and_ends()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming("count", CountAsync);
        await using RpcStream stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "count", RpcMesh.Utf8("1000")).AsTask());
        List<string> items = await cluster.RunAsync(stream.ReadAllAsync());
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), items);
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task A_window_of_three_stops_the_server_until_credit_is_given_by_hand()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int sent = 0;
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming("count", (context, token) => Counted(CountAsync(context, token), () => sent++));
        await using RpcStream stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "count", RpcMesh.Utf8("10"), new() { StreamWindow = 3, GrantsByHand = true }).AsTask());
        await cluster.UntilAsync(() => sent == 4); // the fourth is made and waits
        cluster.Run(RpcMesh.Seconds(5));
        Assert.Equal(4, sent);
        stream.Grant(7);
        Assert.Equal(10, (await cluster.RunAsync(stream.ReadAllAsync())).Count);
    }

    [Fact]
    public async Task Disposing_a_stream_cancels_its_handler_also_one_that_waits_for_credit()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming("count", CountAsync);
        RpcStream stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync(cluster[0].NodeId, "count", RpcMesh.Utf8("1000000"), new() { StreamWindow = 2, GrantsByHand = true }).AsTask());
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 1);
        await stream.DisposeAsync();
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    [Fact]
    public async Task An_upload_is_answered_once_also_an_empty_one()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeClientStream("join", static async (_, items, token) => RpcMesh.Utf8(string.Join(',', await items.ReadAllAsync(token))));
        Assert.Equal("a,b,c", await UploadAsync(cluster, "a", "b", "c"));
        Assert.Equal("", await UploadAsync(cluster));
        Assert.Equal(string.Join(',', Enumerable.Range(0, 1000)), await UploadAsync(cluster, [.. Enumerable.Range(0, 1000).Select(i => $"{i}")]));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
    }

    [Fact]
    public async Task Items_go_both_ways_at_once()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeDuplex("upper", static (_, items, token) => UpperAsync(items, token));
        await using RpcDuplex duplex = await cluster.RunAsync(cluster[1].Rpc.CallDuplexAsync(cluster[0].NodeId, "upper").AsTask());
        Task writing = WriteAsync();
        List<string> items = await cluster.RunAsync(duplex.ReadAllAsync());
        await writing;
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"ITEM {i}").Append("END"), items);

        async Task WriteAsync()
        {
            for (int i = 0; i < 200; i++)
                await duplex.SendAsync(RpcMesh.Utf8($"item {i}"));
            await duplex.FinishSendingAsync();
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> UpperAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> items, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (ReadOnlyMemory<byte> item in items.WithCancellation(token))
            yield return RpcMesh.Utf8(item.Text().ToUpperInvariant());
        yield return RpcMesh.Utf8("END");
    }

    private static async Task<string> UploadAsync(MeshTestCluster cluster, params string[] items)
    {
        await using RpcClientStream upload = await cluster.RunAsync(cluster[1].Rpc.CallClientStreamAsync(cluster[0].NodeId, "join").AsTask());
        return (await cluster.RunAsync(SendAsync())).Text();

        async Task<RpcReply> SendAsync()
        {
            foreach (string item in items)
                await upload.SendAsync(RpcMesh.Utf8(item));
            return await upload.FinishAsync();
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> CountAsync(RpcContext context, [EnumeratorCancellation] CancellationToken token)
    {
        int count = int.Parse(context.Payload.Text(), System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            token.ThrowIfCancellationRequested();
            yield return RpcMesh.Utf8($"{i}");
        }
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Counted(IAsyncEnumerable<ReadOnlyMemory<byte>> items, Action count)
    {
        await foreach (ReadOnlyMemory<byte> item in items)
        {
            count();
            yield return item;
        }
    }
}
