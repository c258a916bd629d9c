using System.Runtime.CompilerServices;

namespace Net.Mesh.Rpc.Tests.Typed;

public sealed class TypedStreamTests
{
    [Fact]
    public async Task Values_stream_down()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming<int, SumResponse>("count", static (count, _, token) => CountAsync(count, token));
        await using RpcStream<SumResponse> stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync<int, SumResponse>(cluster[0].NodeId, "count", 300).AsTask());
        Assert.Equal(Enumerable.Range(0, 300).Select(static i => new SumResponse("n", i)), await cluster.RunAsync(AllAsync(stream)));
    }

    [Fact]
    public async Task Values_stream_up_with_the_end_on_the_last()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeClientStream<SumRequest, SumResponse>("sum", static (items, _, token) => SumAsync(items, token));
        await using RpcClientStream<SumRequest, SumResponse> byHand = await UploadAsync(cluster);
        Assert.Equal(new("ab", 3), await cluster.RunAsync(ByHandAsync(byHand)));
        await using RpcClientStream<SumRequest, SumResponse> all = await UploadAsync(cluster);
        Assert.Equal(new("xxx", 3), await cluster.RunAsync(all.FinishAsync(Items(3))));
        await using RpcClientStream<SumRequest, SumResponse> none = await UploadAsync(cluster);
        Assert.Equal(new("", 0), await cluster.RunAsync(none.FinishAsync()));
        await Assert.ThrowsAsync<RpcCodecException>(() => none.FinishAsync());

        static async Task<SumResponse> ByHandAsync(RpcClientStream<SumRequest, SumResponse> upload)
        {
            await upload.SendAsync(new("a", [1]));
            return await upload.FinishAsync(new SumRequest("b", [2]));
        }
    }

    [Fact]
    public async Task Values_stream_both_ways()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeDuplex<SumRequest, long>("each", static (items, _, token) => EachAsync(items, token));
        await using RpcDuplex<SumRequest, long> duplex = await cluster.RunAsync(cluster[1].Rpc.CallDuplexAsync<SumRequest, long>(cluster[0].NodeId, "each").AsTask());
        Task sending = duplex.FinishSendingAsync(Items(150)).AsTask();
        Assert.Equal([.. Enumerable.Repeat(1L, 150), -1], await cluster.RunAsync(AllAsync(duplex)));
        await cluster.RunAsync(sending);
    }

    [Fact]
    public async Task A_request_of_a_stream_that_is_none_is_refused()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming<int, SumResponse>("count", static (count, _, token) => CountAsync(count, token));
        await using RpcStream<SumResponse> stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync<string, SumResponse>(cluster[0].NodeId, "count", "many").AsTask());
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(AllAsync(stream)));
        Assert.Equal(RpcStatus.TypedBadRequest, failed.Status);
        Assert.StartsWith("typed streaming handler: bad request body", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_that_is_none_fails_in_the_handlers_hands_and_refuses_the_call_where_it_escapes()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        var seen = new List<string>();
        await using ServeHandle served = cluster[0].Rpc.ServeClientStream<SumRequest, SumResponse>("sum", async (items, _, token) =>
        {
            await foreach (SumRequest item in items.WithCancellation(token))
                seen.Add(item.Text);
            return new("", 0);
        });
        await using RpcClientStream upload = await cluster.RunAsync(cluster[1].Rpc.CallClientStreamAsync(cluster[0].NodeId, "sum").AsTask());
        await cluster.RunAsync(upload.SendAsync(RpcMesh.Utf8("""{"text":"good","numbers":[]}""")).AsTask());
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(upload.FinishAsync(RpcMesh.Utf8("not-json-shape"))));
        Assert.Equal(RpcStatus.TypedBadRequest, failed.Status);
        Assert.Contains("typed streaming handler: bad request body", failed.Detail, StringComparison.Ordinal);
        Assert.Equal(["good"], seen);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_fails_once_then_the_stream_is_over_here_and_there()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        bool wasCancelled = false;
        await using ServeHandle served = cluster[0].Rpc.ServeStreaming("mixed", (_, token) => MixedAsync(() => wasCancelled = true, token));
        await using RpcStream<long> stream = await cluster.RunAsync(cluster[1].Rpc.CallStreamingAsync<int, long>(cluster[0].NodeId, "mixed", 1).AsTask());
        IAsyncEnumerator<long> reader = stream.GetAsyncEnumerator();
        Assert.True(await cluster.RunAsync(reader.MoveNextAsync().AsTask()));
        Assert.Equal(1, reader.Current);
        RpcCodecException failed = await Assert.ThrowsAsync<RpcCodecException>(() => cluster.RunAsync(reader.MoveNextAsync().AsTask()));
        Assert.Equal(RpcDirection.Decode, failed.Direction);
        Assert.Contains("typed stream decode", failed.Message, StringComparison.Ordinal);
        Assert.False(await cluster.RunAsync(reader.MoveNextAsync().AsTask()));
        Assert.Empty(await cluster.RunAsync(AllAsync(stream)));
        await cluster.UntilAsync(() => wasCancelled && cluster[0].Rpc.RunningHandlers == 0);
    }

    [Fact]
    public async Task An_upload_is_over_when_the_answer_comes_first()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.ServeClientStream<SumRequest, SumResponse>("first", static async (items, _, token) =>
        {
            await foreach (SumRequest item in items.WithCancellation(token))
                return new(item.Text, 1);
            return new("", 0);
        });
        await using RpcClientStream<SumRequest, SumResponse> upload = await UploadAsync(cluster, "first");
        bool isDisposed = false;
        Assert.Equal(new("only", 1), await cluster.RunAsync(upload.FinishAsync(OneAndThenNothingAsync(() => isDisposed = true))));
        await cluster.UntilAsync(() => isDisposed);
    }

    private static Task<RpcClientStream<SumRequest, SumResponse>> UploadAsync(MeshTestCluster cluster, string service = "sum") =>
        cluster.RunAsync(cluster[1].Rpc.CallClientStreamAsync<SumRequest, SumResponse>(cluster[0].NodeId, service).AsTask());

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (T item in items)
            all.Add(item);
        return all;
    }

    private static async IAsyncEnumerable<SumRequest> Items(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i % 3 == 2)
                await Task.Yield();
            yield return new("x", [1]);
        }
    }

    private static async IAsyncEnumerable<SumRequest> OneAndThenNothingAsync(Action disposed, [EnumeratorCancellation] CancellationToken token = default)
    {
        try
        {
            yield return new("only", []);
            await Task.Delay(Timeout.Infinite, token);
        }
        finally
        {
            disposed();
        }
    }

    private static async IAsyncEnumerable<SumResponse> CountAsync(int count, [EnumeratorCancellation] CancellationToken token)
    {
        for (int i = 0; i < count; i++)
        {
            token.ThrowIfCancellationRequested();
            yield return new("n", i);
        }
        await Task.CompletedTask;
    }

    private static async ValueTask<SumResponse> SumAsync(IAsyncEnumerable<SumRequest> items, CancellationToken token)
    {
        string text = "";
        long sum = 0;
        await foreach (SumRequest item in items.WithCancellation(token))
        {
            text += item.Text;
            sum += item.Numbers.Sum();
        }
        return new(text, sum);
    }

    private static async IAsyncEnumerable<long> EachAsync(IAsyncEnumerable<SumRequest> items, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (SumRequest item in items.WithCancellation(token))
            yield return item.Numbers.Sum();
        yield return -1;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> MixedAsync(Action cancelled, [EnumeratorCancellation] CancellationToken token)
    {
        yield return "1"u8.ToArray();
        yield return "\"two\""u8.ToArray();
        try
        {
            await Task.Delay(Timeout.Infinite, token);
        }
        finally
        {
            cancelled();
        }
    }
}
