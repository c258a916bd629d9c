using System.Globalization;

namespace Net.Mesh.Cortex;

/// <summary>How a wait for a token ended (spec 06 §7.6).</summary>
public enum TokenWaitStatus
{
    /// <summary>The write is in the state.</summary>
    Reached,

    /// <summary>Time was up; for a look without waiting: not yet.</summary>
    Timeout,

    /// <summary>The fold stopped before it came to the write.</summary>
    FoldStopped,

    /// <summary>Too many wait already.</summary>
    QueueFull,

    /// <summary>The token is of another origin.</summary>
    WrongOrigin,
}

/// <summary>How a wait for a token ended.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="AppliedThrough">The event up to which every one was in the state then; null when there was none.</param>
public readonly record struct TokenWaitResult(TokenWaitStatus Status, ulong? AppliedThrough)
{
    /// <summary>Whether the write is in the state.</summary>
    public bool IsReached => Status == TokenWaitStatus.Reached;
}

/// <summary>A write is not in the state, and waiting for it is over.</summary>
/// <param name="status">Why.</param>
/// <param name="message">What was wrong, with which value, and what to do.</param>
/// <param name="innerException">What stopped the fold.</param>
public sealed class WaitForTokenException(TokenWaitStatus status, string message, Exception? innerException = null)
    : MeshException(KindOf(status), message, innerException)
{
    /// <summary>Why.</summary>
    public TokenWaitStatus Status { get; } = status;

    /// <summary>The event up to which every one was in the state; null when there was none.</summary>
    public ulong? AppliedThrough { get; init; }

    /// <summary>The origin of the token, for <see cref="TokenWaitStatus.WrongOrigin"/>.</summary>
    public OriginHash? TokenOrigin { get; init; }

    /// <summary>The origin of the adapter, for <see cref="TokenWaitStatus.WrongOrigin"/>.</summary>
    public OriginHash? AdapterOrigin { get; init; }

    internal static string Text(ulong? seq) => seq?.ToString(CultureInfo.InvariantCulture) ?? "nothing";

    private static string KindOf(TokenWaitStatus status) => status switch
    {
        TokenWaitStatus.Timeout => "timeout",
        TokenWaitStatus.FoldStopped => "fold-stopped",
        TokenWaitStatus.QueueFull => "queue-full",
        _ => "wrong-origin",
    };
}
