namespace Net.Mesh.Cortex;

/// <summary>Why a fold went past events without them.</summary>
public enum SkipReason
{
    /// <summary>The event cannot be read: the fold said so.</summary>
    Unreadable,

    /// <summary>The fold failed, and was told to go on.</summary>
    FoldFailed,

    /// <summary>The log has lost it: its checksum is wrong, or it was missing when the log was opened.</summary>
    Damaged,

    /// <summary>The log's retention dropped it before it was folded.</summary>
    Dropped,
}

/// <summary>Events that are not in the state because the fold could not use them.</summary>
/// <param name="Seq">The sequence of the event, or of the first of several in a row.</param>
/// <param name="ThroughSeq">The sequence of the last; the same for a single event.</param>
/// <param name="Reason">Why.</param>
/// <param name="Fault">What is wrong with the event, for <see cref="SkipReason.Unreadable"/>.</param>
/// <param name="Message">The same in words.</param>
public sealed record SkippedEvent(ulong Seq, ulong ThroughSeq, SkipReason Reason, EventFault Fault, string Message);
