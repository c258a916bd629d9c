using System.Buffers;
using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Events as bytes (spec 05 §1.3, §1.4, §9.2, §9.3).</summary>
public sealed class RecordVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "stored_record")]
    public void A_record_is_written_byte_for_byte() => VectorFile.CheckRows(VectorFile.Load(File, "stored_record"), row =>
    {
        byte[] raw = row.Utf8("raw_ascii");
        byte[] record = new byte[raw.Length + StoredRecord.MaxOverhead];
        int length = StoredRecord.Write(new(raw, row.UInt64("t"), (ushort)row.Int("s")), record);
        Assert.Equal(row.Int("len"), length);
        Assert.Equal(row.Text("record_ascii"), Encoding.UTF8.GetString(record, 0, length));
        Assert.Equal(row.Text("record_hex"), Convert.ToHexStringLower(record.AsSpan(0, length)));

        Assert.True(StoredRecord.TryRead(record.AsMemory(0, length), out StoredRecord read));
        Assert.Equal(raw, read.Raw.ToArray());
        Assert.Equal(row.UInt64("t"), read.Timestamp);
        Assert.Equal(row.Int("s"), read.ShardId);
    });

    /// <summary>One reader serves both adapters. Where the reference stalls on JetStream ("fatal"), ours does what it does on Redis.</summary>
    [Fact, Covers(File, "stored_record_read")]
    [Trait("spec", "05 T31")]
    public void A_record_of_any_writer_is_read_or_skipped() => VectorFile.CheckRows(VectorFile.Load(File, "stored_record_read"), row =>
    {
        JsonElement expected = row.GetProperty("redis");
        JsonElement jetStream = row.GetProperty("jetstream");
        Assert.True(jetStream.ValueKind == JsonValueKind.String && jetStream.GetString() == "fatal" || JsonElement.DeepEquals(expected, jetStream));

        bool isRead = StoredRecord.TryRead(row.Utf8("record"), out StoredRecord read);
        if (expected.ValueKind == JsonValueKind.String)
        {
            Assert.Equal("skip", expected.GetString());
            Assert.False(isRead);
            return;
        }
        Assert.True(isRead);
        Assert.Equal(expected.Text("raw"), Encoding.UTF8.GetString(read.Raw.Span));
        Assert.Equal(expected.UInt64("t"), read.Timestamp);
        Assert.Equal(expected.Int("s"), read.ShardId);
    });

    [Fact, Covers(File, "stored_event_json")]
    public void A_stored_event_is_written_as_json_with_its_payload_verbatim() => VectorFile.CheckRows(VectorFile.Load(File, "stored_event_json"), row =>
    {
        byte[] raw = row.Has("raw_hex") ? row.Bytes("raw_hex") : row.Utf8("raw");
        if (row.Has("error"))
        {
            var unwritable = new StoredEvent(EventPosition.Parse(row.Text("id")), raw, 0, 0);
            Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(unwritable.ToJson).Kind);
            Assert.Throws<EventBusException>(() => JsonSerializer.Serialize(unwritable));
            return;
        }
        var stored = new StoredEvent(EventPosition.Parse(row.Text("id")), raw, row.UInt64("insertion_ts"), (ushort)row.Int("shard_id"), row.TextOrNull("dedup_id"));
        Assert.Equal(row.Text("json"), stored.ToJson());
        Assert.Equal(row.Text("json"), JsonSerializer.Serialize(stored));

        StoredEvent back = JsonSerializer.Deserialize<StoredEvent>(row.Text("json"));
        Assert.Equal(raw, back.Raw.ToArray());
        Assert.Equal((stored.Id, stored.InsertionTimestamp, stored.ShardId, stored.DedupId), (back.Id, back.InsertionTimestamp, back.ShardId, back.DedupId));
    });

    [Fact, Covers(File, "emit_json_bytes_reference")]
    public void A_value_in_canonical_order_has_the_bytes_and_the_hash_of_the_reference()
    {
        var serializer = new JsonEventSerializer { CanonicalKeyOrder = true };
        VectorFile.CheckRows(VectorFile.Load(File, "emit_json_bytes_reference"), row =>
        {
            var bytes = new ArrayBufferWriter<byte>();
            serializer.Serialize(bytes, row.GetProperty("value"));
            byte[] expected = row.Has("bytes_ascii") ? row.Utf8("bytes_ascii") : row.Bytes("bytes_utf8_hex");
            Assert.Equal(Encoding.UTF8.GetString(expected), Encoding.UTF8.GetString(bytes.WrittenSpan));
            Assert.Equal(row.Hex64("xxh3_64"), RawEvent.FromBytes(bytes.WrittenMemory).Hash);
        });
    }
}
