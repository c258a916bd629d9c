using System.Buffers.Text;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>Reads stream entries, whoever wrote them (spec 05 §9.3, §9.5).</summary>
internal static class RedisEntries
{
    /// <summary>The field with the record.</summary>
    public static readonly RedisValue RecordField = "d";

    /// <summary>The field with the dedup id.</summary>
    public static readonly RedisValue DedupField = "dedup_id";

    /// <summary>The position of an entry; the server writes it as <c>milliseconds-sequence</c>.</summary>
    public static EventPosition ReadId(in StreamEntry entry)
    {
        ReadOnlySpan<byte> text = ((ReadOnlyMemory<byte>)entry.Id).Span;
        return Utf8Parser.TryParse(text, out ulong milliseconds, out int length)
            && length < text.Length && text[length] == '-'
            && Utf8Parser.TryParse(text[(length + 1)..], out ulong sequence, out _)
                ? EventPosition.FromRedis(milliseconds, sequence)
                : EventPosition.Parse(entry.Id.ToString());
    }

    /// <summary>The event of an entry; false when it has no readable record.</summary>
    public static bool TryRead(in StreamEntry entry, EventPosition id, out StoredEvent stored)
    {
        stored = default;
        RedisValue record = Last(entry, RecordField);
        if (record.IsNull || !StoredRecord.TryRead(record, out StoredRecord read))
            return false;
        RedisValue dedupId = Last(entry, DedupField);
        stored = new(id, read.Raw, read.Timestamp, read.ShardId, dedupId.IsNull ? null : dedupId.ToString());
        return true;
    }

    /// <summary>The value of a field wherever it stands; of repeated ones the last counts, as in the reference.</summary>
    public static RedisValue Last(in StreamEntry entry, RedisValue field)
    {
        NameValueEntry[] values = entry.Values ?? [];
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (values[i].Name == field)
                return values[i].Value;
        }
        return RedisValue.Null;
    }
}
