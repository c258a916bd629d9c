namespace Net.Mesh;

/// <summary>
/// A channel could not do what was asked. Kinds: <c>invalid-name</c>, <c>already-exists</c>, <c>publish-denied</c>,
/// <c>all-peers-failed</c>, <c>no-session</c>, <c>ack-timeout</c>, <c>already-subscribed</c>, <c>rejected</c>, <c>rate-limited</c>,
/// <c>too-many</c>.
/// </summary>
public class ChannelException : MeshException
{
    /// <summary>Creates an exception of a kind.</summary>
    /// <param name="kind">One of the words above.</param>
    /// <param name="message">What was wrong, with which value, and what to do about it.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public ChannelException(string kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
