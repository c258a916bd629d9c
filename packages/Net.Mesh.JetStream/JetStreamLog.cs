using Microsoft.Extensions.Logging;

namespace Net.Mesh.JetStream;

internal static partial class JetStreamLog
{
    [LoggerMessage(3200, LogLevel.Information, "JetStream connection to {Url} is open")]
    public static partial void Connected(ILogger logger, string url);

    [LoggerMessage(3201, LogLevel.Warning, "JetStream connection to {Url} was lost; reconnecting")]
    public static partial void Disconnected(ILogger logger, string url);

    [LoggerMessage(3202, LogLevel.Error, "The NATS server denies an operation: {Error}")]
    public static partial void PermissionDenied(ILogger logger, string error);

    [LoggerMessage(3203, LogLevel.Debug, "The JetStream adapter is already initialised; nothing to do")]
    public static partial void AlreadyInitialised(ILogger logger);

    [LoggerMessage(3204, LogLevel.Information, "Created the stream {Stream}")]
    public static partial void StreamCreated(ILogger logger, string stream);

    [LoggerMessage(3205, LogLevel.Warning, "The stream {Stream} exists with {Differences}; it is used as it is")]
    public static partial void StreamDiffers(ILogger logger, string stream, string differences);

    [LoggerMessage(3206, LogLevel.Warning, "MaxAge {MaxAge} is shorter than DedupWindow {DedupWindow}: the server remembers dedup ids only for MaxAge")]
    public static partial void DedupWindowClamped(ILogger logger, TimeSpan maxAge, TimeSpan dedupWindow);

    [LoggerMessage(3207, LogLevel.Warning, "The stream {Stream} does not exist any more; it is created again with the next batch")]
    public static partial void StreamGone(ILogger logger, string stream);

    [LoggerMessage(3208, LogLevel.Warning, "Skipped {Count} unreadable messages of {Stream}, the last at sequence {Sequence}")]
    public static partial void Unreadable(ILogger logger, int count, string stream, ulong sequence);

    [LoggerMessage(3209, LogLevel.Error, "{Count} events of {Stream} carry ids that another message already has and were not stored, the first is {DedupId}")]
    public static partial void IdCollision(ILogger logger, int count, string stream, string dedupId);

    [LoggerMessage(3210, LogLevel.Warning, "The stream {Stream} was created without allow_direct; it is read through the slower STREAM.MSG.GET")]
    public static partial void NoDirectAccess(ILogger logger, string stream);

    [LoggerMessage(3211, LogLevel.Warning, "A retried batch of {Stream} was acknowledged as duplicate, but the stored message cannot be compared: {Reason}")]
    public static partial void DuplicateNotVerified(ILogger logger, string stream, string reason);
}
