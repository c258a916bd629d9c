using System.Text.Json;

namespace Net.Mesh.Replication.Tests;

public sealed class CodecVectorTests
{
    [Fact]
    public void Channel_ids_are_those_of_the_vectors()
    {
        foreach (JsonElement row in VectorRows.Of("channel_id"))
            Assert.Equal(row.GetProperty("hex").GetString(), ReplicationChannelId.For(row.GetProperty("name").GetString()!).ToString());
    }

    [Fact]
    public void Messages_are_those_of_the_vectors_byte_for_byte_both_ways()
    {
        foreach (JsonElement row in VectorRows.Of("replication"))
        {
            byte[] bytes = VectorRows.Hex(row.GetProperty("hex"));
            byte[] written = Check(row, row.GetProperty("name").GetString()!, bytes);
            Assert.Equal(Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(written));
        }
    }

    [Fact]
    [Trait("spec", "06 I12")]
    public void Malformed_messages_are_rejected_with_the_error_of_the_vectors()
    {
        foreach (JsonElement row in VectorRows.Of("replication_reject"))
        {
            byte[] bytes = VectorRows.Hex(row.GetProperty("hex"));
            string name = row.GetProperty("name").GetString()!;
            SyncFault fault = name.Split('_')[0] switch
            {
                "response" => SyncCodec.Decode(bytes.AsMemory(), out SyncResponse _),
                "heartbeat" => SyncCodec.Decode(bytes, out SyncHeartbeat _),
                "nack" => SyncCodec.Decode(bytes, out SyncNack _),
                _ => SyncCodec.Decode(bytes, out SyncRequest _),
            };
            string text = fault.Kind switch
            {
                SyncFaultKind.BadRole or SyncFaultKind.BadErrorCode => $"{fault.Kind}({fault.Value})",
                SyncFaultKind.SubprotocolMismatch => $"{fault.Kind}(0x{fault.Value:x4})",
                _ => fault.Kind.ToString(),
            };
            Assert.Equal(row.GetProperty("error").GetString(), text);
        }
    }

    [Fact]
    public void The_elections_of_the_vectors_have_their_winners_in_every_order_of_the_members()
    {
        foreach (JsonElement row in VectorRows.Of("election"))
        {
            NodeId[] members = [.. row.GetProperty("set").EnumerateArray().Select(static m => new NodeId(VectorRows.Number(m)))];
            var self = new NodeId(VectorRows.Number(row.GetProperty("self")));
            HashSet<NodeId> alive = [.. row.GetProperty("alive").EnumerateArray().Select(static m => new NodeId(VectorRows.Number(m)))];
            Dictionary<NodeId, TimeSpan> distances = row.GetProperty("rtt_ms").EnumerateObject().ToDictionary(
                static p => new NodeId(Convert.ToUInt64(p.Name, 16)), static p => TimeSpan.FromMilliseconds(p.Value.GetDouble()));
            NodeId? winner = row.GetProperty("winner") is { ValueKind: JsonValueKind.String } text ? new NodeId(VectorRows.Number(text)) : null;
            foreach (NodeId[] order in Orders(members))
                Assert.Equal(winner, ReplicationElection.Elect(order, self, alive.Contains, node => distances.TryGetValue(node, out TimeSpan distance) ? distance : null));
        }
    }

    [Fact]
    public void Seconds_are_written_as_the_vectors_have_them()
    {
        foreach (JsonElement row in VectorRows.Of("prometheus_seconds_format"))
            Assert.Equal(row[1].GetString(), ReplicationPrometheusText.Seconds(TimeSpan.FromMicroseconds(row[0].GetDouble())));
    }

    private static IEnumerable<NodeId[]> Orders(NodeId[] items)
    {
        if (items.Length <= 1)
            return [items];
        return items.SelectMany((first, i) => Orders([.. items.Where((_, j) => j != i)]).Select(rest => (NodeId[])[first, .. rest]));
    }

    private static byte[] Check(JsonElement row, string name, byte[] bytes)
    {
        ReplicationChannelId channel = row.TryGetProperty("channel", out JsonElement channelName)
            ? ReplicationChannelId.For(channelName.GetString()!)
            : ReplicationChannelId.Read(VectorRows.Hex(row.GetProperty("channel_id")));
        ulong Number(string field) => VectorRows.Number(row.GetProperty(field));
        if (name.StartsWith("sync_request", StringComparison.Ordinal))
        {
            Assert.True(SyncCodec.Decode(bytes, out SyncRequest request).IsNone);
            var urgency = (BandwidthClass)Number(row.TryGetProperty("class", out _) ? "class" : "decodes_class");
            Assert.Equal(new(channel, Number("since_seq"), (uint)Number("chunk_max"), Number("request_id"), urgency), request);
            return SyncCodec.Encode(request)[..bytes.Length];
        }
        if (name.StartsWith("sync_response", StringComparison.Ordinal))
        {
            Assert.True(SyncCodec.Decode(bytes.AsMemory(), out SyncResponse response).IsNone);
            Assert.Equal(channel, response.Channel);
            Assert.Equal((Number("first_seq"), Number("leader_first_retained_seq"), Number("request_id")), (response.FirstSeq, response.LeaderFirstRetained, response.RequestId));
            if (row.TryGetProperty("events", out JsonElement events))
            {
                Assert.Equal(
                    events.EnumerateArray().Select(static e => $"{e[0].GetUInt64()}:{e[1].GetString()}"),
                    response.Events.Select(static e => $"{e.Seq}:{Convert.ToHexStringLower(e.Payload.Span)}"));
            }
            return SyncCodec.Encode(response);
        }
        if (name.StartsWith("sync_heartbeat", StringComparison.Ordinal))
        {
            Assert.True(SyncCodec.Decode(bytes, out SyncHeartbeat heartbeat).IsNone);
            Assert.Equal(new(channel, Number("tail_seq"), (ReplicaRole)Number("role"), Number("wall_clock_ms")), heartbeat);
            return SyncCodec.Encode(heartbeat);
        }
        Assert.True(SyncCodec.Decode(bytes, out SyncNack nack).IsNone);
        Assert.Equal(
            new(channel, Number("since_seq"), (SyncNackCode)Number("error_code"), Number("leader_first_retained_seq"), Number("request_id"), row.GetProperty("detail").GetString()!), nack);
        return SyncCodec.Encode(nack);
    }
}
