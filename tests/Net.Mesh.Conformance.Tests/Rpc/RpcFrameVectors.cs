using System.Text;
using System.Text.Json;
using Net.Mesh.Capabilities;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Events of calls, byte for byte, and what is refused (spec 07 §2, §3).</summary>
public sealed class RpcFrameVectors
{
    private const string File = "nrpc.json";
    private const ulong CallId = 0x0123456789abcdef;

    private static readonly OriginHash Caller = new(VectorFile.Load(File, "channels").Hex64("caller_origin_hash"));
    private static readonly OriginHash Server = new(VectorFile.Load(File, "responses").Hex64("server_origin_hash"));

    [Fact, Covers(File, "requests")]
    public void Requests_are_written_and_read_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "requests"), row =>
    {
        byte[] service = Encoding.UTF8.GetBytes(row.Text("service"));
        RpcHeader[] headers = Headers(row);
        AssertEvent(row, RpcEvents.Request(Caller, CallId, service, row.UInt64("deadline_ns"), (RpcFlags)row.Int("flags"), headers, row.Utf8("body_utf8")));
        Assert.True(RequestFrame.TryParse(row.Bytes("payload_hex"), RpcLimits.MaxReferenceBodyBytes, out RequestFrame read, out _));
        Assert.Equal(service, read.Service);
        Assert.Equal(row.UInt64("deadline_ns"), read.DeadlineNs);
        Assert.Equal(row.Int("flags"), (int)read.Flags);
        Assert.Equal(headers.Select(Words), read.Headers.Select(Words));
        Assert.Equal(row.Utf8("body_utf8"), read.Body);
    });

    [Fact, Covers(File, "requests")]
    public void A_predicate_is_written_into_its_header_as_in_the_reference()
    {
        Predicate predicate = Predicate.And(Predicate.Exists("hardware.gpu"), Predicate.AtLeast("hardware.memory_gb", 64), Predicate.MetadataEquals("intent", "ml-training"));
        JsonElement row = VectorFile.Load(File, "requests").EnumerateArray().Single(static row => row.Text("name") == "unary_net_where");
        Assert.Equal(Headers(row).Select(Words), new CallOptions().WithWhere(predicate).Headers.Select(Words));
    }

    [Fact, Covers(File, "responses")]
    public void Responses_are_written_and_read_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "responses", "cases"), row =>
    {
        RpcHeader[] headers = Headers(row);
        AssertEvent(row, RpcEvents.Response(Server, CallId, (ushort)row.Int("status"), headers, row.Utf8("body_utf8")));
        Assert.True(ResponseFrame.TryParse(row.Bytes("payload_hex"), RpcLimits.MaxReferenceBodyBytes, out ResponseFrame read, out _));
        Assert.Equal(row.Int("status"), read.Status);
        Assert.Equal(headers.Select(Words), read.Headers.Select(Words));
        Assert.Equal(row.Utf8("body_utf8"), read.Body);
    });

    [Fact, Covers(File, "request_chunks")]
    public void Items_of_an_upload_are_written_and_read_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "request_chunks"), row =>
    {
        AssertEvent(row, RpcEvents.RequestChunk(Caller, row.UInt64("call_id"), (RpcFlags)row.Int("flags"), row.Utf8("body_utf8")));
        Assert.True(RequestChunkFrame.TryParse(row.Bytes("payload_hex"), RpcLimits.MaxReferenceBodyBytes, out RequestChunkFrame read, out _));
        Assert.Equal((row.UInt64("call_id"), row.Int("flags")), (read.CallId, (int)read.Flags));
        Assert.Equal(row.Utf8("body_utf8"), read.Body);
    });

    [Fact, Covers(File, "cancel")]
    public void A_cancel_is_its_meta_alone()
    {
        JsonElement row = VectorFile.Load(File, "cancel");
        Assert.Equal(row.Bytes("event_hex"), Taken(RpcEvents.Cancel(Caller, row.Hex64("call_id"))));
    }

    [Fact, Covers(File, "stream_grants")]
    public void Credit_for_the_server_is_big_endian() => VectorFile.CheckRows(VectorFile.Load(File, "stream_grants"), row =>
    {
        AssertEvent(row, RpcEvents.StreamGrant(Caller, CallId, (uint)row.Int("amount")));
        Assert.True(GrantFrames.TryParseStream(row.Bytes("payload_hex"), out uint credits));
        Assert.Equal((uint)row.Int("amount"), credits);
        Assert.False(GrantFrames.TryParseStream([.. row.Bytes("payload_hex"), 0], out _));
        Assert.False(GrantFrames.TryParseStream(row.Bytes("payload_hex").AsSpan(1), out _));
    });

    [Fact, Covers(File, "request_grants")]
    public void Credit_for_the_caller_names_the_call_little_endian() => VectorFile.CheckRows(VectorFile.Load(File, "request_grants"), row =>
    {
        ulong callId = row.UInt64("call_id");
        AssertEvent(row, RpcEvents.RequestGrant(Server, callId, (uint)row.Int("credits")));
        Assert.True(GrantFrames.TryParseRequest(row.Bytes("payload_hex"), callId, out uint credits));
        Assert.Equal((uint)row.Int("credits"), credits);
    });

    [Fact, Covers(File, "request_grant_rejects")]
    [Trait("spec", "07 T8")]
    public void Credit_of_another_length_or_for_another_call_is_none() => VectorFile.CheckRows(VectorFile.Load(File, "request_grant_rejects"), row =>
    {
        byte[] payload = row.Has("payload_hex") ? row.Bytes("payload_hex") : row.Bytes("event_hex")[EventMeta.Size..];
        ulong callId = 42;
        if (row.Has("event_hex"))
        {
            Assert.True(EventMeta.TryRead(row.Bytes("event_hex"), out EventMeta meta));
            callId = meta.Number;
        }
        bool isRead = GrantFrames.TryParseRequest(payload, callId, out uint credits);
        Assert.Equal((row.Text("why").StartsWith("zero", StringComparison.Ordinal), 0u), (isRead, credits));
    });

    [Fact, Covers(File, "decode_rejects")]
    public void What_is_no_frame_is_refused_at_the_field_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "decode_rejects"), row =>
    {
        RpcDecodeError error = Decode(row.Text("payload"), row.Bytes("hex"));
        Assert.Equal((row.Text("error").Replace("_", "", StringComparison.Ordinal), row.Text("field")), (error.Kind.ToString().ToLowerInvariant(), error.Field));
        if (row.Has("limit"))
            Assert.Equal((row.Int("actual"), row.Int("limit")), ((int)error.Actual, (int)error.Limit));
    });

    [Fact, Covers(File, "decode_accepts")]
    public void What_the_reference_reads_is_read() => VectorFile.CheckRows(VectorFile.Load(File, "decode_accepts"), row =>
    {
        Assert.Equal(default, Decode(row.Text("payload"), row.Bytes("hex")));
        if (row.Has("body_utf8") && RequestFrame.TryParse(row.Bytes("hex"), 64, out RequestFrame request, out _))
            Assert.Equal(row.Utf8("body_utf8"), request.Body);
        if (row.Has("flags") && RequestFrame.TryParse(row.Bytes("hex"), 64, out RequestFrame flagged, out _))
            Assert.Equal(row.Int("flags"), (int)flagged.Flags);
        if (row.Has("status") && ResponseFrame.TryParse(row.Bytes("hex"), 64, out ResponseFrame response, out _))
            Assert.Equal((row.Int("status"), true), (response.Status, new RpcStatus(response.Status).IsApplication));
    });

    [Fact, Covers(File, "window_header_parse")]
    public void Windows_are_read_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "window_header_parse"), row =>
    {
        uint? window = RpcHeaderNames.WindowOf([new("other", "1"), new(row.Text("name"), row.Text("value_utf8")), new(row.Text("name"), "99")], RpcHeaderNames.StreamWindow);
        Assert.Equal(row.GetProperty("result") is { ValueKind: JsonValueKind.Number } number ? number.GetUInt32() : null, window);
    });

    [Fact, Covers(File, "upstream_pinned")]
    public void What_the_reference_pins_is_written()
    {
        JsonElement pinned = VectorFile.Load(File, "upstream_pinned");
        Assert.Equal(pinned.Bytes("request_payload_minimal_clientstream"), Payload(RpcEvents.Request(Caller, 1, "test"u8.ToArray(), 0, RpcFlags.ClientStreaming, [], "hello"u8)));
        Assert.Equal(pinned.Bytes("request_chunk_payload_with_end"), Payload(RpcEvents.RequestChunk(Caller, 42, RpcFlags.RequestEnd, "bye"u8)));
        Assert.Equal(pinned.Bytes("request_grant_payload"), Payload(RpcEvents.RequestGrant(Caller, 42, 8)));
        Assert.Equal(3, pinned.EnumerateObject().Count());
    }

    [Fact, Covers(File, "single_packet_body_limits")]
    [Trait("spec", "07 T22")]
    public void The_longest_body_of_each_frame_fills_one_packet()
    {
        JsonElement limits = VectorFile.Load(File, "single_packet_body_limits");
        int request = int.Parse(limits.Text("unary_request_no_headers").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(WireLimits.MaxEventBytes, Taken(RpcEvents.Request(Caller, 1, "echo"u8.ToArray(), 0, RpcFlags.None, [], new byte[request - 4])).Length);
        Assert.Equal(WireLimits.MaxEventBytes, Taken(RpcEvents.Response(Server, 1, 0, [], new byte[limits.Int("unary_response_no_headers")])).Length);
        Assert.Equal(WireLimits.MaxEventBytes, Taken(RpcEvents.Response(Server, 1, 0, RpcHeaderNames.Continue, new byte[limits.Int("stream_response_chunk")])).Length);
        Assert.Equal(WireLimits.MaxEventBytes, Taken(RpcEvents.RequestChunk(Caller, 1, RpcFlags.None, new byte[limits.Int("request_chunk")])).Length);
    }

    private static RpcDecodeError Decode(string payload, byte[] bytes)
    {
        RpcDecodeError error;
        _ = payload switch
        {
            "request" => RequestFrame.TryParse(bytes, RpcLimits.MaxReferenceBodyBytes, out _, out error),
            "response" => ResponseFrame.TryParse(bytes, RpcLimits.MaxReferenceBodyBytes, out _, out error),
            "request_chunk" => RequestChunkFrame.TryParse(bytes, RpcLimits.MaxReferenceBodyBytes, out _, out error),
            _ => throw new ArgumentException(payload, nameof(payload)),
        };
        return error;
    }

    private static RpcHeader[] Headers(JsonElement row) => [.. row.GetProperty("headers").EnumerateArray().Select(static header => new RpcHeader(header.Text("name"), header.Text("value_utf8")))];

    private static (string, string) Words(RpcHeader header) => (header.Name, header.GetString());

    private static void AssertEvent(JsonElement row, OutboundEvent written)
    {
        byte[] bytes = Taken(written);
        Assert.Equal(row.Text("event_hex"), Convert.ToHexStringLower(bytes));
        Assert.Equal(row.Text("payload_hex"), Convert.ToHexStringLower(bytes.AsSpan(EventMeta.Size)));
        if (row.Has("payload_len"))
            Assert.Equal(row.Int("payload_len"), bytes.Length - EventMeta.Size);
    }

    private static byte[] Payload(OutboundEvent written) => Taken(written)[EventMeta.Size..];

    private static byte[] Taken(OutboundEvent written)
    {
        byte[] bytes = written.Memory.ToArray();
        written.Return();
        return bytes;
    }
}
