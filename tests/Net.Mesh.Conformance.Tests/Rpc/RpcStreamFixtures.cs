using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The streaming services that every binding of the reference calls and serves (spec 07 §16.2).</summary>
public sealed class RpcStreamFixtures
{
    private const string File = "net-0.27.2/cross_lang_nrpc/golden_vectors_streaming.json";
    private const string Upload = "cross_lang_client_stream_sum";
    private const string Duplex = "cross_lang_duplex_echo";
    private const string HandlersWords = "the handler's own words";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Payloads_are_those_of_the_reference_byte_for_byte()
    {
        JsonElement snapshots = VectorFile.Load(File, "wire_snapshots");
        int seen = 0;
        foreach (JsonProperty snapshot in snapshots.EnumerateObject().Where(static snapshot => snapshot.Value.ValueKind == JsonValueKind.Object))
        {
            JsonElement inputs = snapshot.Value.GetProperty("inputs");
            OutboundEvent written = snapshot.Name switch
            {
                "request_payload_minimal_clientstream" => RpcEvents.Request(default, 1, inputs.Utf8("service"), inputs.UInt64("deadline_ns"), (RpcFlags)inputs.Hex64("flags_hex"), [], inputs.Utf8("body_utf8")),
                "request_chunk_payload_with_end" => RpcEvents.RequestChunk(default, inputs.UInt64("call_id"), (RpcFlags)inputs.Hex64("flags_hex"), inputs.Utf8("body_utf8")),
                "request_grant_payload" => RpcEvents.RequestGrant(default, inputs.UInt64("call_id"), (uint)inputs.Int("credits")),
                _ => throw new InvalidOperationException($"Nobody knows the snapshot {snapshot.Name}."),
            };
            byte[] payload = written.Memory[EventMeta.Size..].ToArray();
            Assert.Equal((snapshot.Value.Text("hex"), snapshot.Value.Int("byte_count")), (Convert.ToHexStringLower(payload), payload.Length));
            written.Return();
            seen++;
        }
        Assert.Equal(3, seen);
    }

    [Theory]
    [InlineData(Upload)]
    [InlineData(Duplex)]
    public async Task The_end_goes_where_the_reference_puts_it(string service)
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        cluster.Scripted.Serve(service);
        // The examples in words are three; these are their flags.
        Assert.Equal(["zero_items", "one_item", "n_items"], VectorFile.Load(File, "canonical_flag_end_placement", "examples").EnumerateObject().Select(static example => example.Name));
        int shape = service == Duplex ? 0x12 : 0x10;
        await AssertFramesAsync([], (RpcDispatch.Request, shape | 0x20, ""));
        await AssertFramesAsync(["a"], (RpcDispatch.Request, shape | 0x20, "\"a\""));
        await AssertFramesAsync(["a", "b", "c"], (RpcDispatch.Request, shape, "\"a\""), (RpcDispatch.RequestChunk, 0, "\"b\""), (RpcDispatch.RequestChunk, 0x20, "\"c\""));

        async Task AssertFramesAsync(string[] items, params (RpcDispatch, int, string)[] expected)
        {
            int before = cluster.Scripted.Events.Length;
            (IAsyncDisposable call, Task sending) = await cluster.RunAsync(service == Duplex ? SendDuplexAsync(cluster, items) : SendUploadAsync(cluster, items));
            await cluster.UntilAsync(() => cluster.Scripted.Events.Length >= before + expected.Length);
            await call.DisposeAsync(); // nobody answers: that cancels
            await cluster.UntilAsync(() => sending.IsCompleted && cluster.Scripted.Events.Length > before + expected.Length);
            (RpcDispatch, int, string)[] frames = [.. cluster.Scripted.Events[before..].Select(Frame)];
            Assert.Equal([.. expected, (RpcDispatch.Cancel, 0, "")], frames);
        }
    }

    [Fact]
    public async Task Uploads_are_answered_as_in_the_reference()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await using ServeHandle served = ServeUpload(cluster);
        await VectorFile.CheckRowsAsync(Cases(Upload), async row =>
        {
            string expected = Text(row.GetProperty("expected_response_json"));
            foreach (bool isCanonical in new[] { true, false })
            {
                await using RpcClientStream upload = await cluster.RunAsync(cluster.Calling.CallClientStreamAsync(cluster.Server.NodeId, Upload));
                Assert.Equal(expected, RpcCluster.Text((await cluster.RunAsync(SendAsync(upload, Items(row), isCanonical))).Body));
            }
            await using RpcClientStream<EchoSumRequest, StreamSumResponse> typed = await cluster.RunAsync(cluster.Calling.CallClientStreamAsync<EchoSumRequest, StreamSumResponse>(cluster.Server.NodeId, Upload));
            StreamSumResponse answer = await cluster.RunAsync(typed.FinishAsync(Items(row).ToAsyncEnumerable().Select(static item => RpcCodec.Json<EchoSumRequest>().Read(item))));
            Assert.Equal(expected, JsonSerializer.Serialize(answer, new JsonSerializerOptions(Compact) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
        });
    }

    [Fact]
    public async Task Items_both_ways_are_answered_as_in_the_reference()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await using ServeHandle served = ServeDuplex(cluster);
        await VectorFile.CheckRowsAsync(Cases(Duplex), async row =>
        {
            string[] expected = [.. row.GetProperty("expected_response_items").EnumerateArray().Select(Text)];
            await using RpcDuplex duplex = await cluster.RunAsync(cluster.Calling.CallDuplexAsync(cluster.Server.NodeId, Duplex));
            Task sending = SendTerminatedAsync(duplex, Items(row));
            Assert.Equal(expected, (await cluster.ReadAllAsync(duplex)).Select(RpcCluster.Text));
            await cluster.RunAsync(sending);
            await using RpcDuplex<EchoSumRequest, EchoSumResponse> typed = await cluster.RunAsync(cluster.Calling.CallDuplexAsync<EchoSumRequest, EchoSumResponse>(cluster.Server.NodeId, Duplex));
            sending = typed.FinishSendingAsync(Items(row).ToAsyncEnumerable().Select(static item => RpcCodec.Json<EchoSumRequest>().Read(item))).AsTask();
            Assert.Equal(row.GetProperty("expected_response_items").EnumerateArray().Select(static item => (item.Text("echo"), item.GetProperty("sum").GetInt64())), (await cluster.ReadAllAsync(typed)).Select(static item => (item.Echo, item.Sum)));
            await cluster.RunAsync(sending);
        });
    }

    [Fact]
    public async Task Failures_are_those_of_the_reference()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "error_cases", "cases"), async row =>
        {
            (string status, string? code, string text) = row.Text("name") switch
            {
                "client_stream_decode_failure" => await FailUploadAsync(cluster, ServeUpload(cluster), "not-json-shape"),
                "client_stream_handler_application_error" => await FailUploadAsync(cluster, cluster.Serving.ServeClientStream<EchoSumRequest, StreamSumResponse>(Upload, static (_, _, _) => throw new RpcApplicationException(RpcStatus.TypedHandlerError, HandlersWords)), """{"text":"","numbers":[]}"""),
                "duplex_cancel_from_caller" => await CancelAsync(cluster, ServeDuplex(cluster), RpcFlags.Duplex),
                "duplex_decode_failure" => await FailToReadAsync(cluster),
                _ => throw new InvalidOperationException("Nobody knows this case."),
            };
            Assert.Equal((row.Text("expected_status"), row.TextOrNull("expected_application_code")), (status, code));
            string diagnostic = row.Text("diagnostic_substring");
            Assert.Contains(diagnostic.StartsWith('(') ? HandlersWords : diagnostic, text, StringComparison.Ordinal);
        });
    }

    // The chapter names this one as well; the file at hand does not hold it.
    [Fact]
    public async Task An_upload_that_is_cancelled_is_told_so()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        (string status, _, string text) = await CancelAsync(cluster, ServeUpload(cluster), RpcFlags.ClientStreaming);
        Assert.Equal("Cancelled", status);
        Assert.Contains("server observed CANCEL", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_have_the_fields_of_the_reference()
    {
        JsonElement invariants = VectorFile.Load(File, "metrics_snapshot_invariants");
        string[] ours = [.. typeof(RpcServiceMetrics).GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(static property =>
            property.PropertyType == typeof(RpcHistogram) ? new[] { property.Name + "SumNs", property.Name + "Count", property.Name + "Buckets" } : [property.Name])];
        Assert.Equal(
            invariants.GetProperty("service_metrics_fields").EnumerateArray().Select(static field => field.Text("name").Replace("_", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            ours.Select(static name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(nameof(RpcMetricsSnapshot.Services), invariants.GetProperty("envelope").Text("field"), ignoreCase: true);
        Assert.Equal(nameof(RpcMetricsSnapshot.ObserverDroppedTotal), invariants.GetProperty("envelope_extra_fields")[0].Text("name").Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
    }

    [Fact]
    public void Observed_calls_have_the_fields_and_the_numbers_of_the_reference()
    {
        JsonElement invariants = VectorFile.Load(File, "observer_invariants");
        Assert.Equal(
            invariants.GetProperty("fields").EnumerateArray().Select(static field => field.Text("name").Replace("_", "", StringComparison.Ordinal).Replace("ts", "timestamp", StringComparison.Ordinal)),
            typeof(RpcCallEvent).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name.ToLowerInvariant()));
        foreach (JsonElement variant in invariants.GetProperty("status_discriminator").GetProperty("variants").EnumerateArray())
            Assert.Equal(variant.Text("kind"), ((RpcCallStatusKind)variant.Int("c_abi_value")).ToString(), ignoreCase: true);
        Assert.Equal((0, 1), ((int)RpcCallDirection.Outbound, (int)RpcCallDirection.Inbound));
    }

    private static JsonElement Cases(string service) =>
        VectorFile.Load(File, "services").EnumerateArray().Single(found => found.Text("service") == service).GetProperty("ok_cases");

    private static byte[][] Items(JsonElement row) => [.. row.GetProperty("request_items").EnumerateArray().Select(static item => JsonSerializer.SerializeToUtf8Bytes(item, Compact))];

    private static string Text(JsonElement json) => JsonSerializer.Serialize(json, Compact);

    private static ServeHandle ServeUpload(RpcCluster cluster) => cluster.Serving.ServeClientStream<EchoSumRequest, StreamSumResponse>(Upload, static async (items, _, token) =>
    {
        var texts = new List<string>();
        long total = 0;
        await foreach (EchoSumRequest item in items.WithCancellation(token))
        {
            texts.Add(item.Text);
            total += item.Numbers.Sum();
        }
        return new(string.Join(' ', texts), total, (ulong)texts.Count);
    });

    private static ServeHandle ServeDuplex(RpcCluster cluster) => cluster.Serving.ServeDuplex<EchoSumRequest, EchoSumResponse>(Duplex, static (items, _, token) => EachAsync(items, token));

    private static async IAsyncEnumerable<EchoSumResponse> EachAsync(IAsyncEnumerable<EchoSumRequest> items, [EnumeratorCancellation] CancellationToken token)
    {
        long count = 0;
        await foreach (EchoSumRequest item in items.WithCancellation(token))
        {
            count++;
            yield return new(item.Text, item.Numbers.Sum());
        }
        yield return new("summary", count);
    }

    private static async Task<RpcReply> SendAsync(RpcClientStream upload, byte[][] items, bool isCanonical)
    {
        foreach (byte[] item in isCanonical ? items.SkipLast(1) : items)
            await upload.SendAsync(item);
        return isCanonical && items.Length > 0 ? await upload.FinishAsync(items[^1]) : await upload.FinishAsync();
    }

    private static async Task SendTerminatedAsync(RpcDuplex duplex, byte[][] items)
    {
        foreach (byte[] item in items)
            await duplex.SendAsync(item);
        await duplex.FinishSendingAsync();
    }

    private static async Task<(IAsyncDisposable, Task)> SendUploadAsync(RpcCluster cluster, string[] items)
    {
        RpcClientStream<string, string> upload = await cluster.Calling.CallClientStreamAsync<string, string>(cluster.ByHand.NodeId, Upload);
        return (upload, upload.FinishAsync(items.ToAsyncEnumerable()));
    }

    private static async Task<(IAsyncDisposable, Task)> SendDuplexAsync(RpcCluster cluster, string[] items)
    {
        RpcDuplex<string, string> duplex = await cluster.Calling.CallDuplexAsync<string, string>(cluster.ByHand.NodeId, Duplex);
        return (duplex, duplex.FinishSendingAsync(items.ToAsyncEnumerable()).AsTask());
    }

    private static (RpcDispatch, int, string) Frame(byte[] received)
    {
        Assert.True(EventMeta.TryRead(received, out EventMeta meta));
        ReadOnlySpan<byte> payload = received.AsSpan(EventMeta.Size);
        if (RequestChunkFrame.TryParse(payload, int.MaxValue, out RequestChunkFrame chunk, out _) && meta.Dispatch == (byte)RpcDispatch.RequestChunk)
            return (RpcDispatch.RequestChunk, (int)chunk.Flags, Encoding.UTF8.GetString(chunk.Body));
        return RequestFrame.TryParse(payload, int.MaxValue, out RequestFrame request, out _)
            ? ((RpcDispatch)meta.Dispatch, (int)request.Flags, Encoding.UTF8.GetString(request.Body))
            : ((RpcDispatch)meta.Dispatch, 0, "");
    }

    private static async Task<(string, string?, string)> FailUploadAsync(RpcCluster cluster, ServeHandle served, string item)
    {
        await using ServeHandle serving = served;
        await using RpcClientStream upload = await cluster.RunAsync(cluster.Calling.CallClientStreamAsync(cluster.Server.NodeId, served.Service));
        RpcServerException failed = await Assert.ThrowsAsync<RpcServerException>(() => cluster.RunAsync(upload.FinishAsync(Encoding.UTF8.GetBytes(item))));
        return (failed.Status.IsApplication ? "Application" : failed.Status.ToString(), $"0x{failed.Status.Code:x4}", failed.Detail);
    }

    private static async Task<(string, string?, string)> FailToReadAsync(RpcCluster cluster)
    {
        await using ServeHandle served = cluster.Serving.ServeDuplex(Duplex, static (_, _, _) => new[] { (ReadOnlyMemory<byte>)"not-json-shape"u8.ToArray() }.ToAsyncEnumerable());
        await using RpcDuplex<EchoSumRequest, EchoSumResponse> duplex = await cluster.RunAsync(cluster.Calling.CallDuplexAsync<EchoSumRequest, EchoSumResponse>(cluster.Server.NodeId, Duplex));
        await cluster.RunAsync(duplex.SendAsync(new("", [])).AsTask());
        RpcCodecException failed = await Assert.ThrowsAsync<RpcCodecException>(() => cluster.ReadAllAsync(duplex));
        return (failed.Direction == RpcDirection.Decode ? "ClientCodec" : "", null, failed.Message);
    }

    // By hand, for a caller that has cancelled hears nothing of it any more.
    private static async Task<(string, string?, string)> CancelAsync(RpcCluster cluster, ServeHandle served, RpcFlags shape)
    {
        await using ServeHandle serving = served;
        ScriptedPeer caller = cluster.Scripted;
        var requests = RpcNames.Requests(served.Service);
        caller.Take(RpcNames.Replies(served.Service, caller.Origin).ToString());
        int before = caller.Events.Length;
        caller.Send(cluster.Server.NodeId, requests, RpcEvents.Request(caller.Origin, 1, Encoding.UTF8.GetBytes(served.Service), 0, shape, [], """{"text":"","numbers":[]}"""u8));
        await cluster.UntilAsync(() => cluster.Serving.RunningHandlers == 1);
        caller.Send(cluster.Server.NodeId, requests, RpcEvents.Cancel(caller.Origin, 1));
        await cluster.UntilAsync(() => caller.Events[before..].Any(static received => ResponseStatus(received) != 0));
        byte[] last = caller.Events[^1];
        Assert.True(ResponseFrame.TryParse(last.AsSpan(EventMeta.Size), int.MaxValue, out ResponseFrame response, out _));
        return (new RpcStatus(response.Status).ToString(), null, Encoding.UTF8.GetString(response.Body));
    }

    private static int ResponseStatus(byte[] received) => ResponseFrame.TryParse(received.AsSpan(EventMeta.Size), int.MaxValue, out ResponseFrame response, out _) ? response.Status : -1;
}
