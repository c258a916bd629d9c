using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>What the bus logs. No payload and no credential ever stands in a line.</summary>
internal static partial class BusLog
{
    [LoggerMessage(1, LogLevel.Information, "event bus started: {Shards} shards, adapter {Adapter}, back-pressure {Backpressure}")]
    public static partial void BusStarted(this ILogger log, int shards, string adapter, Backpressure backpressure);

    [LoggerMessage(2, LogLevel.Information, "event bus stopped: {Dispatched} events stored, {Dropped} dropped, {Failed} failed")]
    public static partial void BusStopped(this ILogger log, long dispatched, long dropped, long failed);

    [LoggerMessage(3, LogLevel.Error, "event bus shutdown ran out of time: {Lost} accepted events were not handed to the adapter")]
    public static partial void ShutdownLossy(this ILogger log, long lost);

    [LoggerMessage(4, LogLevel.Error, "an event bus was abandoned without shutdown; {Pending} accepted events may be lost. Dispose it.")]
    public static partial void BusAbandoned(this ILogger log, long pending);

    [LoggerMessage(5, LogLevel.Error, "batch given up ({Reason}): {Count} events of shard {Shard} from sequence {Sequence}")]
    public static partial void BatchGivenUp(this ILogger log, Exception cause, string reason, ushort shard, int count, ulong sequence);

    [LoggerMessage(6, LogLevel.Warning, "batch of {Count} events of shard {Shard} failed, attempt {Attempt}; next in {Delay}")]
    public static partial void BatchRetry(this ILogger log, Exception cause, ushort shard, int count, int attempt, TimeSpan delay);

    [LoggerMessage(7, LogLevel.Warning, "shard {Shard}: sent {Count} events from sequence {Sequence} again, which an earlier run left in doubt")]
    public static partial void BatchReplayed(this ILogger log, ushort shard, int count, ulong sequence);

    [LoggerMessage(8, LogLevel.Warning, "shard {Shard} could not be polled: {Reason}")]
    public static partial void ShardPollFailed(this ILogger log, ushort shard, string reason);

    [LoggerMessage(9, LogLevel.Information, "shard {Shard} added; {Active} active")]
    public static partial void ShardAdded(this ILogger log, ushort shard, int active);

    [LoggerMessage(10, LogLevel.Information, "shard {Shard} drained and removed; {Active} active")]
    public static partial void ShardRemoved(this ILogger log, ushort shard, int active);

    [LoggerMessage(11, LogLevel.Warning, "shards could not be discovered in the backend: {Reason}")]
    public static partial void DiscoveryFailed(this ILogger log, string reason);

    [LoggerMessage(12, LogLevel.Warning, "an event was left out of filtered polls because it is not JSON: shard {Shard}, id {Id}")]
    public static partial void EventNotJson(this ILogger log, ushort shard, string id);

    [LoggerMessage(13, LogLevel.Error, "automatic scaling failed and goes on at the next tick")]
    public static partial void ScalingFailed(this ILogger log, Exception cause);

    [LoggerMessage(14, LogLevel.Error, "the adapter could not be flushed during shutdown")]
    public static partial void FlushFailedAtShutdown(this ILogger log, Exception cause);

    [LoggerMessage(15, LogLevel.Error, "the adapter could not be shut down")]
    public static partial void AdapterShutdownFailed(this ILogger log, Exception cause);
}
