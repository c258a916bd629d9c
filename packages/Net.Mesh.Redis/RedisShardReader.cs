using System.Globalization;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>Reads streams by XRANGE and finds them by SCAN (spec 05 §9.5). Thread-safe.</summary>
internal sealed class RedisShardReader(RedisConnection connection, RedisKeys keys, ILogger logger)
{
    private const int ScanPage = 1_000;

    public async Task<ShardPage> PollAsync(
        ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        RedisValue start = after is { } position ? "(" + Position(shardId, position) : "-";
        if (limit == 0)
            return ShardPage.Empty;

        int count = limit == int.MaxValue ? limit : limit + 1; // one to look ahead, without overflowing (T30)
        StreamEntry[] entries = await AskAsync(
            $"reading shard {shardId}",
            connection.Database.StreamRangeAsync(keys.Of(shardId), start, "+", count, Order.Ascending),
            cancellationToken).ConfigureAwait(false);

        int taken = Math.Min(entries.Length, limit);
        Append(shardId, entries.AsSpan(0, taken), events);
        // T7: the position moves over what cannot be read, too.
        EventPosition? next = taken == 0 ? null : RedisEntries.ReadId(entries[taken - 1]);
        return new(next, entries.Length > limit);
    }

    public async Task<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        StreamEntry[] newest = await AskAsync(
            $"reading the tail of shard {shardId}",
            connection.Database.StreamRangeAsync(keys.Of(shardId), "-", "+", 1, Order.Descending),
            cancellationToken).ConfigureAwait(false);
        return newest.Length == 0 ? null : RedisEntries.ReadId(newest[0]);
    }

    public async Task<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken)
    {
        var shards = new SortedSet<ushort>();
        foreach (IServer server in connection.GetServers())
            await ScanAsync(server, shards, cancellationToken).ConfigureAwait(false);
        return [.. shards];
    }

    private async Task ScanAsync(IServer server, SortedSet<ushort> shards, CancellationToken cancellationToken)
    {
        string cursor = "0";
        do
        {
            // Only streams: a key of another type under the same name could not be read.
            RedisResult page = await AskAsync(
                "looking for shards",
                server.ExecuteAsync(connection.Database.Database, "SCAN",
                    [cursor, "MATCH", keys.Pattern, "COUNT", ScanPage.ToString(CultureInfo.InvariantCulture), "TYPE", "stream"]),
                cancellationToken).ConfigureAwait(false);
            cursor = (string?)page[0] ?? "0";
            foreach (string? key in (string?[]?)page[1] ?? [])
            {
                if (key is not null && keys.TryRead(key, out ushort shardId))
                    shards.Add(shardId);
            }
        }
        while (cursor != "0");
    }

    private void Append(ushort shardId, ReadOnlySpan<StreamEntry> entries, List<StoredEvent> events)
    {
        int skipped = 0;
        EventPosition firstSkipped = default;
        foreach (ref readonly StreamEntry entry in entries)
        {
            EventPosition id = RedisEntries.ReadId(entry);
            if (RedisEntries.TryRead(entry, id, out StoredEvent stored))
                events.Add(stored);
            else if (skipped++ == 0)
                firstSkipped = id;
        }
        if (skipped > 0)
            RedisLog.SkippedEntries(logger, skipped, shardId, firstSkipped);
    }

    // I6, I7: the server would read a plain number as the start of a millisecond, and so continue at the wrong place.
    private static string Position(ushort shardId, EventPosition after)
    {
        if (!after.TryGetRedis(out ulong milliseconds, out ulong sequence))
        {
            throw new AdapterException(
                AdapterErrorKind.Fatal,
                $"cursor '{after}' of shard {shardId} is not a Redis stream id (milliseconds-sequence); it comes from another backend, start without it.");
        }
        if (milliseconds == ulong.MaxValue && sequence == ulong.MaxValue)
            throw new AdapterException(AdapterErrorKind.Fatal, $"cursor '{after}' of shard {shardId} is the last id there is; nothing can follow it.");
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}-{sequence}");
    }

    private async Task<T> AskAsync<T>(string doing, Task<T> command, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.WithinTimeoutAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw RedisErrors.Wrap(doing, e);
        }
    }
}
