using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Net.Mesh.Rpc;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The service that every binding of the reference calls and serves (spec 07 §16.1).</summary>
public sealed class RpcFixtures
{
    private const string File = "net-0.27.2/cross_lang_nrpc/golden_vectors.json";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Every_good_case_is_answered_as_in_the_reference_byte_for_byte()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await using ServeHandle served = Serve(cluster);
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "ok_cases"), async row =>
        {
            byte[] body = JsonSerializer.SerializeToUtf8Bytes(row.GetProperty("request_json"), Compact);
            byte[] expected = JsonSerializer.SerializeToUtf8Bytes(row.GetProperty("expected_response_json"), Compact);
            RpcReply reply = await cluster.RunAsync(cluster.Calling.CallAsync(cluster.Server.NodeId, served.Service, body));
            Assert.Equal(RpcCluster.Text(expected), RpcCluster.Text(reply.Body));
            // What a typed caller sends is the same.
            EchoSumRequest request = RpcCodec.Json<EchoSumRequest>().Read(body);
            var written = new ArrayBufferWriter<byte>();
            RpcCodec.Json<EchoSumRequest>().Write(request, written);
            Assert.Equal(RpcCluster.Text(body), RpcCluster.Text(written.WrittenMemory));
            EchoSumResponse response = await cluster.RunAsync(cluster.Calling.CallAsync<EchoSumRequest, EchoSumResponse>(cluster.Server.NodeId, served.Service, request));
            Assert.Equal((row.GetProperty("expected_response_json").Text("echo"), row.GetProperty("expected_response_json").GetProperty("sum").GetInt64()), (response.Echo, response.Sum));
        });
    }

    [Fact]
    public async Task Every_bad_case_has_the_status_of_the_reference()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await using ServeHandle served = Serve(cluster);
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "error_cases"), async row =>
        {
            RpcServerException failed = await FailAsync(cluster, served.Service, JsonSerializer.SerializeToUtf8Bytes(row.GetProperty("request_json"), Compact));
            Assert.StartsWith(row.Text("expected_error_kind_prefix"), failed.Kind, StringComparison.Ordinal);
            Assert.StartsWith("nrpc:server_error: status=0x8000 message=", failed.Message, StringComparison.Ordinal);
            Assert.Equal(row.Int("expected_status"), failed.Status.Code);
        });
    }

    // The chapter names these as well; the file at hand does not hold them.
    [Theory]
    [InlineData("""{"text":"none","numbers":[]}""", """{"echo":"none","sum":0}""")]
    [InlineData("""{"text":"","numbers":[1]}""", """{"echo":"","sum":1}""")]
    [InlineData("""{"text":"x","numbers":"not numbers"}""", null)]
    public async Task Further_cases_of_the_chapter_are_answered(string request, string? expected)
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await using ServeHandle served = Serve(cluster);
        byte[] body = System.Text.Encoding.UTF8.GetBytes(request);
        if (expected is null)
            Assert.Equal(RpcStatus.TypedBadRequest, (await FailAsync(cluster, served.Service, body)).Status);
        else
            Assert.Equal(expected, RpcCluster.Text((await cluster.RunAsync(cluster.Calling.CallAsync(cluster.Server.NodeId, served.Service, body))).Body));
    }

    private static ServeHandle Serve(RpcCluster cluster) => cluster.Serving.Serve<EchoSumRequest, EchoSumResponse>(
        VectorFile.Load(File).Text("service"), static (request, _, _) => new(new EchoSumResponse(request.Text, request.Numbers.Sum())));

    private static Task<RpcServerException> FailAsync(RpcCluster cluster, string service, byte[] body) =>
        Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(cluster.Calling.CallAsync(cluster.Server.NodeId, service, body)));
}

internal sealed record EchoSumRequest(string Text, long[] Numbers);

internal sealed record EchoSumResponse(string Echo, long Sum);

internal sealed record StreamSumResponse(string Echo, long Total, ulong Count);
