using System.Buffers;

namespace Net.Mesh.Rpc.Tests.Typed;

public sealed class TypedUnaryTests
{
    [Fact]
    public async Task Values_go_out_and_come_back_by_every_kind_of_codec()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle reflected = cluster[0].Rpc.Serve<SumRequest, SumResponse>("sum", static (request, _, _) => new(Sum(request)));
        await using ServeHandle generated = cluster[0].Rpc.Serve("sum2", static (SumRequest request, RpcContext _, CancellationToken _) => new ValueTask<SumResponse>(Sum(request)), MessagesContext.Default.SumRequest, MessagesContext.Default.SumResponse);
        await using ServeHandle packed = cluster[0].Rpc.Serve("sum3", static async (long[] numbers, RpcContext _, CancellationToken _) =>
        {
            await Task.Yield();
            return numbers.Sum();
        }, RpcCodec.MemoryPack<long[]>(), RpcCodec.MemoryPack<long>());
        MeshRpc rpc = cluster[1].Rpc;
        NodeId server = cluster[0].NodeId;
        Assert.Equal(new("hi 世", 6), await cluster.RunAsync(rpc.CallAsync<SumRequest, SumResponse>(server, "sum", new("hi 世", [1, 2, 3])).AsTask()));
        Assert.Equal(new("", 0), await cluster.RunAsync(rpc.CallAsync(server, "sum2", new SumRequest("", []), MessagesContext.Default.SumRequest, MessagesContext.Default.SumResponse).AsTask()));
        Assert.Equal(9, await cluster.RunAsync(rpc.CallAsync<long[], long>(server, "sum3", [4, 5], RpcCodec.MemoryPack<long[]>(), RpcCodec.MemoryPack<long>()).AsTask()));
    }

    [Fact]
    public async Task A_body_that_is_none_is_a_bad_request_and_the_handler_does_not_run()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int runs = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve<SumRequest, SumResponse>("sum", (request, _, _) =>
        {
            runs++;
            return new(Sum(request));
        });
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("sum", """{"text":"lonely"}"""));
        Assert.Equal(RpcStatus.TypedBadRequest, failed.Status);
        Assert.StartsWith("typed handler: bad request body", failed.Detail, StringComparison.Ordinal);
        Assert.Equal(0, runs);
        Assert.Equal("""{"echo":"a","sum":1}""", (await cluster.CallAsync("sum", """{"text":"a","numbers":[1]}""")).Text());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task What_a_handler_throws_has_a_status_of_its_own()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle quiet = cluster[0].Rpc.Serve<string, string>("quiet", static (_, _, _) => throw new InvalidOperationException("secret"));
        await using ServeHandle open = cluster[0].Rpc.Serve<string, string>("open", static async (_, _, _) =>
        {
            await Task.Yield();
            throw new InvalidOperationException("told");
        }, new ServeOptions { IncludeExceptionDetail = true });
        await using ServeHandle own = cluster[0].Rpc.Serve<string, string>("own", static (_, _, _) => throw new RpcApplicationException(new(0x9001), "mine"));
        await using ServeHandle filter = cluster[0].Rpc.Serve<string, string>("filter", static (_, context, _) => new(context.TryGetWhere(out _) ? "filtered" : "all"));
        (RpcStatus status, string detail) = await FailAsync(cluster, "quiet");
        Assert.Equal(RpcStatus.TypedHandlerError, status);
        Assert.DoesNotContain("secret", detail, StringComparison.Ordinal);
        Assert.Equal((RpcStatus.TypedHandlerError, "told"), await FailAsync(cluster, "open"));
        Assert.Equal((new RpcStatus(0x9001), "mine"), await FailAsync(cluster, "own"));
        Assert.Equal(RpcStatus.TypedBadRequest, (await FailAsync(cluster, "filter", new CallOptions().WithHeader("net-where", "{}"))).Status);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_written_is_an_internal_error()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("broken", static (string text, RpcContext _, CancellationToken _) => new ValueTask<string>(text), RpcCodec.Json<string>(), new Broken());
        Assert.Equal((RpcStatus.Internal, "typed handler: the answer cannot be encoded"), await FailAsync(cluster, "broken"));
    }

    [Fact]
    public async Task A_request_that_cannot_be_written_is_not_sent()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        int runs = 0;
        await using ServeHandle served = cluster[0].Rpc.Serve<string, string>("count", (text, _, _) => new($"{++runs}"));
        RpcCodecException failed = await Assert.ThrowsAsync<RpcCodecException>(() => cluster.RunAsync(cluster[1].Rpc.CallAsync(cluster[0].NodeId, "count", "x", new Broken(), RpcCodec.Json<string>()).AsTask()));
        Assert.Equal((RpcDirection.Encode, "codec_encode"), (failed.Direction, failed.Kind));
        Assert.Equal("1", await cluster.RunAsync(cluster[1].Rpc.CallAsync<string, string>(cluster[0].NodeId, "count", "x").AsTask()));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_read_is_the_callers_own_failure()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("raw", static (_, _) => new("\"text\""u8.ToArray()));
        RpcCodecException failed = await Assert.ThrowsAsync<RpcCodecException>(() => cluster.RunAsync(cluster[1].Rpc.CallAsync<string, SumResponse>(cluster[0].NodeId, "raw", "x").AsTask()));
        Assert.Equal((RpcDirection.Decode, "codec_decode"), (failed.Direction, failed.Kind));
        Assert.Equal(0, cluster[1].Rpc.PendingCalls);
    }

    private static SumResponse Sum(SumRequest request) => new(request.Text, request.Numbers.Sum());

    private static async Task<(RpcStatus Status, string Detail)> FailAsync(MeshTestCluster cluster, string service, CallOptions? options = null)
    {
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(cluster[1].Rpc.CallAsync<string, string>(cluster[0].NodeId, service, "x", options).AsTask()));
        return (failed.Status, failed.Detail);
    }

    private sealed class Broken : RpcCodec<string>
    {
        public override void Write(string value, IBufferWriter<byte> destination) => throw new FormatException("secret");

        public override string Read(ReadOnlySpan<byte> body) => throw new FormatException("secret");
    }
}
