namespace Net.Mesh.Cortex;

/// <summary>A log refused or failed.</summary>
/// <param name="error">Why.</param>
/// <param name="message">What was wrong, with which value, and what to do.</param>
/// <param name="innerException">What the system said.</param>
public sealed class RedexException(RedexErrorKind error, string message, Exception? innerException = null)
    : MeshException(KindOf(error), message, innerException)
{
    /// <summary>Why.</summary>
    public RedexErrorKind Error { get; } = error;

    /// <summary>The bytes that did not fit, for <see cref="RedexErrorKind.PayloadTooLarge"/>.</summary>
    public long? Size { get; init; }

    /// <summary>The bytes that would have fitted, for <see cref="RedexErrorKind.PayloadTooLarge"/>.</summary>
    public long? Max { get; init; }

    /// <summary>The offset, for <see cref="RedexErrorKind.SegmentOffsetOverflow"/>.</summary>
    public long? Offset { get; init; }

    /// <summary>Where a tail that lagged can go on without a gap, or where the log begins now, for <see cref="RedexErrorKind.Lagged"/>.</summary>
    public ulong? ResumeAt { get; init; }

    /// <summary>The node to append at, for <see cref="RedexErrorKind.NotLeader"/>.</summary>
    public NodeId? Leader { get; init; }

    private static string KindOf(RedexErrorKind error) => error switch
    {
        RedexErrorKind.PayloadTooLarge => "payload-too-large",
        RedexErrorKind.SegmentOffsetOverflow => "segment-offset-overflow",
        RedexErrorKind.Channel => "channel",
        RedexErrorKind.Encode => "encode",
        RedexErrorKind.Decode => "decode",
        RedexErrorKind.Unauthorized => "unauthorized",
        RedexErrorKind.Io => "io",
        RedexErrorKind.Closed => "closed",
        RedexErrorKind.NotLeader => "not-leader",
        _ => "lagged",
    };
}
