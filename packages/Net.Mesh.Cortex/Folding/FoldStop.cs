namespace Net.Mesh.Cortex;

/// <summary>Why a fold runs no more.</summary>
/// <param name="Reason">What stopped it.</param>
/// <param name="Seq">The event that it could not get past; null when it was not an event.</param>
/// <param name="Message">What happened, in words.</param>
/// <param name="Failure">What the fold threw, for <see cref="FoldStopReason.FoldFailed"/>.</param>
public sealed record FoldStop(FoldStopReason Reason, ulong? Seq, string Message, Exception? Failure = null);

/// <summary>What stopped a fold.</summary>
public enum FoldStopReason
{
    /// <summary>The adapter was closed.</summary>
    Closed,

    /// <summary>The log was closed, and everything in it is folded.</summary>
    LogClosed,

    /// <summary>The fold failed at an event.</summary>
    FoldFailed,

    /// <summary>Events were dropped from the log before they were folded: the state cannot be told any more.</summary>
    EventsDropped,

    /// <summary>The log gave out the last sequence there is.</summary>
    LogExhausted,
}
