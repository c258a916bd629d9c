using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>Everything the adapter logs. No payloads, no credentials: servers are redacted before they get here.</summary>
internal static partial class RedisLog
{
    [LoggerMessage(1, LogLevel.Information, "Redis adapter connected to {Server}, keys {Pattern}")]
    public static partial void Connected(ILogger logger, string server, string pattern);

    [LoggerMessage(2, LogLevel.Information,
        "Redis Streams does not recognise duplicates: delivery is at least once. Consumers filter by dedup_id, for example with RedisStreamDedup")]
    public static partial void DedupContract(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "Lost the connection to Redis at {Server}: {Failure}. It is re-established")]
    public static partial void ConnectionLost(ILogger logger, string server, ConnectionFailureType failure);

    [LoggerMessage(4, LogLevel.Information, "Connected to Redis at {Server} again")]
    public static partial void ConnectionRestored(ILogger logger, string server);

    [LoggerMessage(5, LogLevel.Warning, "Skipped {Count} unreadable entries of shard {ShardId}, the first at {FirstId}")]
    public static partial void SkippedEntries(ILogger logger, int count, ushort shardId, Bus.EventPosition firstId);

    [LoggerMessage(6, LogLevel.Information, "Retry of shard {ShardId} at sequence {SequenceStart}: {Stored} of {Count} events are stored already")]
    public static partial void RetryFoundEvents(ILogger logger, ushort shardId, ulong sequenceStart, int stored, int count);

    [LoggerMessage(7, LogLevel.Warning,
        "Retry of shard {ShardId} at sequence {SequenceStart}: no entry of this producer among the newest {LookBack}; sent again, duplicates are possible")]
    public static partial void RetryLookBackExhausted(ILogger logger, ushort shardId, ulong sequenceStart, int lookBack);
}
