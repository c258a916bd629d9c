using System.Globalization;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>
/// Finds out how much of a batch that may have been sent before is in the stream. Redis does not recognise duplicates, so a
/// retry must look first.
/// </summary>
/// <remarks>
/// <para>Backwards from the newest entry to the first one that this producer wrote to this shard. Its batches come one after the
/// other, so that entry settles it: an entry of this batch says up to which event it is stored, an earlier one says not at all.</para>
/// <para>A batch is stored from its beginning: within a transaction an XADD that follows a failed one fails as well. Events that
/// were trimmed or deleted meanwhile are therefore not written again.</para>
/// </remarks>
internal sealed class RetryScan(RedisConnection connection, RedisKeys keys, int lookBack, ILogger logger)
{
    private const int FirstPage = 16;
    private const int LargestPage = 1_024;

    /// <summary>How many events of the batch, from its first, are stored.</summary>
    public async Task<int> CountStoredAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        RedisKey key = keys.Of(batch.ShardId);
        RedisValue end = "+";
        int page = FirstPage; // mostly the newest entry settles it; other producers of the stream may stand before it
        for (int left = lookBack; left > 0;)
        {
            int count = Math.Min(page, left);
            StreamEntry[] entries = await connection.WithinTimeoutAsync(
                connection.Database.StreamRangeAsync(key, "-", end, count, Order.Descending), cancellationToken).ConfigureAwait(false);
            foreach (StreamEntry entry in entries)
            {
                if (TrySettle(batch, entry, out int stored))
                    return stored;
            }
            if (entries.Length < count)
                return 0; // that was the whole stream
            end = string.Create(CultureInfo.InvariantCulture, $"({RedisEntries.ReadId(entries[^1])}");
            left -= count;
            page = Math.Min(page * 4, LargestPage);
        }
        RedisLog.RetryLookBackExhausted(logger, batch.ShardId, batch.SequenceStart, lookBack);
        return 0;
    }

    private static bool TrySettle(EventBatch batch, in StreamEntry entry, out int stored)
    {
        stored = 0;
        RedisValue text = RedisEntries.Last(entry, RedisEntries.DedupField);
        if (text.IsNull || !DedupId.TryParse(text.ToString(), out DedupId id)
            || id.Nonce != batch.ProducerNonce || id.ShardId != batch.ShardId || id.SequenceStart > batch.SequenceStart)
            return false;
        if (id.SequenceStart == batch.SequenceStart)
            stored = Math.Min(id.Index + 1, batch.Count);
        return true;
    }
}
