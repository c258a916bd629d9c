namespace Net.Mesh.Cortex;

/// <summary>Folded state could not do what was asked.</summary>
/// <param name="error">Why.</param>
/// <param name="message">What was wrong, with which value, and what to do.</param>
/// <param name="innerException">What the log said, for <see cref="CortexErrorKind.Redex"/>.</param>
public sealed class CortexException(CortexErrorKind error, string message, Exception? innerException = null)
    : MeshException(KindOf(error), message, innerException)
{
    /// <summary>Why.</summary>
    public CortexErrorKind Error { get; } = error;

    /// <summary>The event that was waited for, for <see cref="CortexErrorKind.FoldStopped"/>.</summary>
    public ulong? Wanted { get; init; }

    /// <summary>The last event that was processed, for <see cref="CortexErrorKind.FoldStopped"/>; null when none was.</summary>
    public ulong? FoldedThrough { get; init; }

    private static string KindOf(CortexErrorKind error) => error switch
    {
        CortexErrorKind.Redex => "redex",
        CortexErrorKind.Closed => "closed",
        CortexErrorKind.FoldStopped => "fold-stopped",
        _ => "invalid-start-position",
    };
}
