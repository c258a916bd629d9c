namespace Net.Mesh;

/// <summary>
/// The root of every exception that Net.Mesh throws on its own account. Expected outcomes (back-pressure on a
/// <c>Try…</c> call, nothing found) are return values instead.
/// </summary>
/// <remarks>New kinds may appear in any release: keep a default branch when you switch over <see cref="Kind"/>.</remarks>
public class MeshException : Exception
{
    /// <summary>Creates an exception of a kind.</summary>
    /// <param name="kind">A stable, lower-case, hyphenated word, such as <c>backpressure</c>.</param>
    /// <param name="message">What was wrong, with which value, and what to do about it.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public MeshException(string kind, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentException.ThrowIfNullOrEmpty(kind);
        Kind = kind;
    }

    /// <summary>A stable word that names what happened; safe to switch over and to log.</summary>
    public string Kind { get; }
}
