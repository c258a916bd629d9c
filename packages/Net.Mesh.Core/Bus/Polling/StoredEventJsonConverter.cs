using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Net.Mesh.Bus;

/// <summary>Writes and reads the five-field JSON form of a <see cref="StoredEvent"/> (spec 05 §1.4).</summary>
public sealed class StoredEventJsonConverter : JsonConverter<StoredEvent>
{
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = int.MaxValue };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StoredEvent value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteEvent(writer, value);
    }

    /// <inheritdoc/>
    public override StoredEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("id", out JsonElement id) || id.ValueKind != JsonValueKind.String
            || !root.TryGetProperty("raw", out JsonElement raw)
            || !root.TryGetProperty("insertion_ts", out JsonElement timestamp) || !timestamp.TryGetUInt64(out ulong insertionTimestamp)
            || !root.TryGetProperty("shard_id", out JsonElement shard) || !shard.TryGetUInt16(out ushort shardId))
            throw new JsonException("a stored event has id, raw, insertion_ts, shard_id and dedup_id");
        string? dedupId = root.TryGetProperty("dedup_id", out JsonElement dedup) ? dedup.GetString() : null;
        return new(EventPosition.Parse(id.GetString()!), System.Text.Encoding.UTF8.GetBytes(raw.GetRawText()), insertionTimestamp, shardId, dedupId);
    }

    internal static void WriteEvent(Utf8JsonWriter writer, in StoredEvent value)
    {
        ReadOnlySpan<byte> raw = JsonText.Trim(value.Raw.Span);
        if (!JsonText.IsValid(raw))
            throw new EventBusException(EventBusException.Serialization,
                $"serialization error: event {value.Id} of shard {value.ShardId} holds {value.Raw.Length} bytes that are not JSON and cannot be spliced into JSON.");
        writer.WriteStartObject();
        writer.WriteString("id"u8, value.Id.ToString());
        writer.WritePropertyName("raw"u8);
        writer.WriteRawValue(raw, skipInputValidation: true);
        writer.WriteNumber("insertion_ts"u8, value.InsertionTimestamp);
        writer.WriteNumber("shard_id"u8, value.ShardId);
        if (value.DedupId is null)
            writer.WriteNull("dedup_id"u8);
        else
            writer.WriteString("dedup_id"u8, value.DedupId);
        writer.WriteEndObject();
    }
}
