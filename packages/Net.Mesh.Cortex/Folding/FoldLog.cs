using Microsoft.Extensions.Logging;

namespace Net.Mesh.Cortex.Folding;

/// <summary>What folds tell the application's log.</summary>
internal static partial class FoldLog
{
    [LoggerMessage(620, LogLevel.Warning, "The fold over {Channel} skipped event {Seq}: {Message}")]
    public static partial void Skipped(ILogger logger, ChannelName channel, ulong seq, string message, Exception? failure);

    [LoggerMessage(621, LogLevel.Error, "The fold over {Channel} stopped: {Message}")]
    public static partial void Halted(ILogger logger, ChannelName channel, string message, Exception? failure);

    [LoggerMessage(622, LogLevel.Warning, "The log {Channel} ends before the snapshot; it goes on at {Seq}")]
    public static partial void FastForwarded(ILogger logger, ChannelName channel, ulong seq);

    [LoggerMessage(623, LogLevel.Error, "The model of {Channel} could not be closed")]
    public static partial void CloseFailed(ILogger logger, ChannelName channel, Exception failure);
}
