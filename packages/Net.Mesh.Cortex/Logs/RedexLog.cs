using Microsoft.Extensions.Logging;

namespace Net.Mesh.Cortex.Logs;

/// <summary>What logs tell the application's log.</summary>
internal static partial class RedexLog
{
    [LoggerMessage(600, LogLevel.Warning, "The log {Channel} left out event {Seq}: its payload is not what its checksum says")]
    public static partial void CorruptEvent(ILogger logger, ChannelName channel, ulong seq);

    [LoggerMessage(601, LogLevel.Error, "The disk refused an append to the log {Channel}")]
    public static partial void AppendFailed(ILogger logger, ChannelName channel, Exception failure);

    [LoggerMessage(602, LogLevel.Error, "The disk failed to sync the log {Channel}")]
    public static partial void SyncFailed(ILogger logger, ChannelName channel, Exception failure);

    [LoggerMessage(603, LogLevel.Error, "The log {Channel} could not be compacted")]
    public static partial void CompactionFailed(ILogger logger, ChannelName channel, Exception failure);

    [LoggerMessage(604, LogLevel.Warning, "The log {Channel} was found damaged: {Problem}")]
    public static partial void Recovered(ILogger logger, ChannelName channel, string problem);

    [LoggerMessage(605, LogLevel.Error, "The log {Channel} could not be swept")]
    public static partial void SweepFailed(ILogger logger, ChannelName channel, Exception failure);
}
