using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Net.Mesh.Bus;

/// <summary>
/// The record that the Redis and JetStream adapters store for an event: <c>{"r":PAYLOAD,"t":TIMESTAMP,"s":SHARD}</c> with the
/// payload spliced in verbatim (spec 05 §9.2).
/// </summary>
/// <param name="Raw">The payload, a slice of the record.</param>
/// <param name="Timestamp">The insertion timestamp.</param>
/// <param name="ShardId">The shard of the event.</param>
public readonly record struct StoredRecord(ReadOnlyMemory<byte> Raw, ulong Timestamp, ushort ShardId)
{
    /// <summary>A record is at most this much longer than its payload.</summary>
    public const int MaxOverhead = 5 + 5 + 20 + 5 + 5 + 1;

    /// <summary>Writes the record of an event.</summary>
    /// <param name="batchEvent">The event; its payload must be JSON, or nobody can read the record.</param>
    /// <param name="destination">At least <see cref="MaxOverhead"/> bytes more than the payload.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(in BatchEvent batchEvent, Span<byte> destination)
    {
        "{\"r\":"u8.CopyTo(destination);
        int length = 5;
        batchEvent.Payload.Span.CopyTo(destination[length..]);
        length += batchEvent.Payload.Length;
        ",\"t\":"u8.CopyTo(destination[length..]);
        length += 5;
        Utf8Formatter.TryFormat(batchEvent.Timestamp, destination[length..], out int written);
        length += written;
        ",\"s\":"u8.CopyTo(destination[length..]);
        length += 5;
        Utf8Formatter.TryFormat(batchEvent.ShardId, destination[length..], out written);
        length += written;
        destination[length++] = (byte)'}';
        return length;
    }

    /// <summary>
    /// Reads a record: members in any order, unknown ones ignored, <c>t</c> and <c>s</c> default 0. The positional form
    /// <c>[r, t, s]</c> that the reference also accepts is read too (spec 05 §9.3).
    /// </summary>
    /// <param name="record">The stored bytes.</param>
    /// <param name="result">The record; its payload is a slice of <paramref name="record"/>.</param>
    /// <returns>False when the bytes are no such record: skip them.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> record, out StoredRecord result)
    {
        result = default;
        if (!Utf8.IsValid(record.Span))
            return false;
        try
        {
            Utf8JsonReader reader = JsonText.Read(record.Span);
            reader.Read();
            return reader.TokenType switch
            {
                JsonTokenType.StartObject => TryReadObject(ref reader, record, out result),
                JsonTokenType.StartArray => TryReadArray(ref reader, record, out result),
                _ => false,
            } && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadObject(ref Utf8JsonReader reader, ReadOnlyMemory<byte> record, out StoredRecord result)
    {
        result = default;
        ReadOnlyMemory<byte>? raw = null;
        ulong? timestamp = null;
        ushort? shard = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("r"u8))
            {
                if (raw is not null)
                    return false;
                raw = ReadValue(ref reader, record);
            }
            else if (reader.ValueTextEquals("t"u8))
            {
                if (timestamp is not null || !TryReadNumber(ref reader, ulong.MaxValue, out ulong value))
                    return false;
                timestamp = value;
            }
            else if (reader.ValueTextEquals("s"u8))
            {
                if (shard is not null || !TryReadNumber(ref reader, ushort.MaxValue, out ulong value))
                    return false; // T31: an id that does not fit is refused, never truncated
                shard = (ushort)value;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (raw is null)
            return false;
        result = new(raw.Value, timestamp ?? 0, shard ?? 0);
        return true;
    }

    private static bool TryReadArray(ref Utf8JsonReader reader, ReadOnlyMemory<byte> record, out StoredRecord result)
    {
        result = default;
        ulong timestamp = 0, shard = 0;
        ReadOnlyMemory<byte>? raw = null;
        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == 0)
                raw = SliceValue(ref reader, record);
            else if (index > 2 || reader.TokenType != JsonTokenType.Number)
                return false;
            else if (index == 1 ? !reader.TryGetUInt64(out timestamp) : !reader.TryGetUInt64(out shard) || shard > ushort.MaxValue)
                return false;
        }
        if (raw is null)
            return false;
        result = new(raw.Value, timestamp, (ushort)shard);
        return true;
    }

    private static ReadOnlyMemory<byte> ReadValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> record)
    {
        reader.Read();
        return SliceValue(ref reader, record);
    }

    private static ReadOnlyMemory<byte> SliceValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> record)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        return record[start..(int)reader.BytesConsumed];
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, ulong max, out ulong value)
    {
        value = 0;
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out value) && value <= max;
    }
}
