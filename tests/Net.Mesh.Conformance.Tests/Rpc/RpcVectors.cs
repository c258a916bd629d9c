using System.Text;
using System.Text.Json;
using Net.Mesh.Channels;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Names, numbers and choices of calls, and how a stream takes what comes (spec 07 §2, §4, §5, §8, §11).</summary>
public sealed class RpcVectors
{
    private const string File = "nrpc.json";

    /// <summary>How the reference is built inside, or what it has no counterpart of here: we bound the same things in our own way.</summary>
    private static readonly string[] ItsOwn =
    [
        "streaming_pump_capacity", "streaming_request_pump_capacity", "inbound_queue_per_service", "response_queue_per_service",
        "max_reply_subscriptions", "caller_cache_capacity", "route_cache_soft_cap", "max_tracked_services", "request_grant_per_call_cap",
        "observer_buffer_capacity", "cancel_orphan_ttl_s", "cancel_gc_interval_s", "deadline_skew_tolerance_ns",
    ];

    [Fact, Covers(File, "constants")]
    public void Numbers_are_those_of_the_reference()
    {
        JsonElement constants = VectorFile.Load(File, "constants");
        var ours = new Dictionary<string, int>
        {
            ["event_meta_size"] = EventMeta.Size,
            ["typed_bad_request"] = RpcStatus.TypedBadRequest.Code,
            ["typed_handler_error"] = RpcStatus.TypedHandlerError.Code,
            ["max_service_name_len"] = RpcLimits.MaxServiceBytes,
            ["max_headers"] = RpcLimits.MaxHeaders,
            ["max_header_name_len"] = RpcLimits.MaxHeaderNameBytes,
            ["max_header_value_len"] = RpcLimits.MaxHeaderValueBytes,
            ["max_body_len"] = RpcLimits.MaxReferenceBodyBytes,
            ["max_packet_size"] = WireLimits.MaxDatagramBytes,
            ["net_header_size"] = WireLimits.HeaderBytes,
            ["aead_tag_size"] = WireLimits.TagBytes,
            ["event_frame_len_prefix"] = WireLimits.FrameHeaderBytes,
            ["max_event_in_one_packet"] = WireLimits.MaxEventBytes,
            ["max_rpc_tail_in_one_packet"] = WireLimits.MaxEventBytes - EventMeta.Size,
        };
        foreach (JsonProperty constant in constants.EnumerateObject().Where(static constant => constant.Value.ValueKind == JsonValueKind.Number && !ItsOwn.Contains(constant.Name)))
            Assert.Equal((constant.Name, constant.Value.GetInt32()), (constant.Name, ours[constant.Name]));
        AssertNames(constants.GetProperty("dispatch"), static name => (int)Enum.Parse<RpcDispatch>(Joined(name), ignoreCase: true));
        AssertNames(constants.GetProperty("status"), static name => ((RpcStatus)typeof(RpcStatus).GetField(name)!.GetValue(null)!).Code);
        AssertNames(constants.GetProperty("status"), static name => Enumerable.Range(0, 16).Single(code => new RpcStatus((ushort)code).ToString() == name));
        AssertNames(constants.GetProperty("request_flags"), static name => name switch
        {
            "STREAMING_RESPONSE" => (int)RpcFlags.StreamingResponse,
            "PROPAGATE_TRACE" => (int)RpcFlags.PropagateTrace,
            "CLIENT_STREAMING_REQUEST" => (int)RpcFlags.ClientStreaming,
            "REQUEST_END" => (int)RpcFlags.RequestEnd,
            "RESERVED_BIT0" => 1, // no name: written as 0, and ignored
            "RESERVED_BIT3" => 8,
            _ => -1,
        });
        Assert.Equal(RpcFlags.None, Enum.GetValues<RpcFlags>().Aggregate(static (all, flag) => all | flag) & (RpcFlags)9);
    }

    [Fact, Covers(File, "channels")]
    public void Channels_and_tags_of_services_are_those_of_the_reference()
    {
        JsonElement channels = VectorFile.Load(File, "channels");
        var entity = new EntityId(channels.Bytes("caller_entity_id"));
        OriginHash origin = Identity.OriginHashOf(entity);
        Assert.Equal(channels.Hex64("caller_origin_hash"), origin.Value);
        Assert.Equal(channels.Hex64("caller_node_id"), Identity.NodeIdOf(entity).Value);
        VectorFile.CheckRows(channels.GetProperty("services"), row =>
        {
            AssertChannel(row.GetProperty("requests"), RpcNames.Requests(row.Text("service")));
            AssertChannel(row.GetProperty("replies"), RpcNames.Replies(row.Text("service"), origin));
            Assert.StartsWith(RpcNames.RepliesPrefix(row.Text("service")), row.GetProperty("replies").Text("name"), StringComparison.Ordinal);
            Assert.Equal(row.Text("capability_tag"), ServiceTags.TagOf(row.Text("service")));
        });
        JsonElement padded = channels.GetProperty("zero_padding_example");
        AssertChannel(padded.GetProperty("replies"), RpcNames.Replies(padded.Text("service"), new(padded.Hex64("origin"))));
    }

    [Fact, Covers(File, "routing")]
    public void A_key_and_a_turn_choose_the_node_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "routing", "sticky"), row =>
    {
        ulong key = row.UInt64("key");
        foreach (int count in new[] { 2, 3, 5 })
        {
            NodeId[] nodes = [.. Enumerable.Range(1, count).Select(static id => new NodeId((ulong)id))];
            Assert.Equal(row.Int($"index_of_{count}"), RoutingPolicy.Sticky(key).Choose(nodes, 7, static _ => null));
            Assert.Equal(row.Int($"index_of_{count}"), RoutingPolicy.Random.Choose(nodes, key, static _ => null));
        }
    });

    [Fact, Covers(File, "histogram")]
    public void Durations_fall_into_the_buckets_of_the_reference()
    {
        JsonElement row = VectorFile.Load(File, "histogram");
        Assert.Equal(row.GetProperty("bounds_s").EnumerateArray().Select(static bound => bound.GetDouble()), RpcHistogram.BoundsInSeconds);
        var histogram = new Histogram();
        foreach (JsonElement observed in row.GetProperty("observations_s").EnumerateArray())
            histogram.Observe(TimeSpan.FromSeconds(observed.GetDouble()));
        RpcHistogram snapshot = histogram.Snapshot();
        Assert.Equal(row.GetProperty("cumulative").EnumerateArray().Select(static count => count.GetInt64()), snapshot.Buckets);
        Assert.Equal(row.GetProperty("sum_ns").GetInt64(), snapshot.SumNs);
        Assert.Equal(row.GetProperty("observations_s").GetArrayLength(), snapshot.Count);
    }

    [Fact, Covers(File, "responses")]
    public async Task A_stream_takes_each_response_for_what_it_is_in_the_reference()
    {
        await using RpcCluster cluster = await RpcCluster.StartAsync();
        cluster.Scripted.Serve("scripted");
        await VectorFile.CheckRowsAsync(VectorFile.Load(File, "responses", "cases"), async row =>
        {
            cluster.Scripted.OnReceived = (caller, request) => Answer(cluster.Scripted, caller, request, row);
            await using RpcStream stream = await cluster.RunAsync(cluster.Calling.CallStreamingAsync(cluster.ByHand.NodeId, "scripted", default));
            var items = new List<string>();
            Exception? failure = await cluster.RunAsync(ReadAsync(stream, items));
            string body = row.Text("body_utf8");
            bool goesOn = row.Text("stream_classification") == "continue";
            Assert.Equal(row.Int("status") == 0 ? null : (int?)row.Int("status"), (failure as RpcServerException)?.Status.Code);
            string[] expected = row.Int("status") != 0 ? [] : goesOn ? [body, "after"] : body.Length > 0 ? [body] : [];
            Assert.Equal(expected, items);
        });
    }

    [Fact, Covers(File, "retry_backoff_ms_no_jitter")]
    public void The_wait_between_attempts_grows_as_in_the_reference()
    {
        JsonElement vectors = VectorFile.Load(File, "retry_backoff_ms_no_jitter");
        var policy = new RetryPolicy
        {
            InitialBackoff = TimeSpan.FromMilliseconds(vectors.Int("initial")),
            BackoffMultiplier = vectors.GetProperty("multiplier").GetDouble(),
            MaxBackoff = TimeSpan.FromMilliseconds(vectors.Int("max")),
        };
        foreach (JsonProperty attempt in vectors.GetProperty("after_attempt").EnumerateObject())
            Assert.Equal(attempt.Value.GetDouble(), policy.PauseAfter(int.Parse(attempt.Name, System.Globalization.CultureInfo.InvariantCulture), 1).TotalMilliseconds);
    }

    // The row's response, and then an end: an item of its own after it shows whether the stream went on.
    private static void Answer(ScriptedPeer server, NodeId caller, byte[] request, JsonElement row)
    {
        if (!EventMeta.TryRead(request, out EventMeta meta) || (RpcDispatch)meta.Dispatch != RpcDispatch.Request)
            return;
        ChannelName replies = RpcNames.Replies("scripted", meta.Origin);
        RpcHeader[] headers = [.. row.GetProperty("headers").EnumerateArray().Select(static header => new RpcHeader(header.Text("name"), header.Text("value_utf8")))];
        server.Send(caller, replies, RpcEvents.Response(server.Origin, meta.Number, (ushort)row.Int("status"), headers, row.Utf8("body_utf8")));
        server.Send(caller, replies, RpcEvents.Response(server.Origin, meta.Number, 0, RpcHeaderNames.Continue, "after"u8));
        server.Send(caller, replies, RpcEvents.Response(server.Origin, meta.Number, 0, RpcHeaderNames.End, []));
    }

    private static async Task<Exception?> ReadAsync(RpcStream stream, List<string> items)
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> item in stream)
                items.Add(RpcCluster.Text(item));
            return null;
        }
        catch (RpcException failure)
        {
            return failure;
        }
    }

    private static void AssertChannel(JsonElement row, ChannelName channel)
    {
        Assert.Equal(row.Text("name"), channel.ToString());
        Assert.Equal(row.Hex64("canonical_hash"), channel.Hash.Value);
        Assert.Equal(row.Int("wire_hash_u16"), channel.WireHash);
        Assert.Equal(row.Hex64("stream_id"), StreamIds.ForChannel(channel.Hash.Value));
    }

    private static void AssertNames(JsonElement names, Func<string, int> ours)
    {
        foreach (JsonProperty name in names.EnumerateObject())
            Assert.Equal((name.Name, name.Value.GetInt32()), (name.Name, ours(name.Name)));
    }

    private static string Joined(string name) => new StringBuilder(name).Replace("_", "").ToString();
}
