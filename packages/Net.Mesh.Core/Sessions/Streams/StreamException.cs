namespace Net.Mesh;

/// <summary>
/// A stream could not do what was asked. Kinds: <c>backpressure</c>, <c>not-connected</c>, <c>reset</c> (the peer gave up or
/// dropped the stream), <c>gave-up</c> (the peer acknowledged nothing for too long), <c>gap</c> (a message cannot be recovered),
/// <c>peer-left</c>, <c>replaced</c> (the peer started anew), <c>evicted</c>, <c>closed</c>, <c>exceeds-window</c>.
/// </summary>
/// <param name="kind">One of the words above.</param>
/// <param name="message">What was wrong, with which value, and what to do about it.</param>
public sealed class StreamException(string kind, string message) : MeshException(kind, message);

/// <summary>A message is larger than the peer, or the limit of this node, admits.</summary>
/// <param name="length">The message's length in bytes.</param>
/// <param name="limit">The largest length in bytes.</param>
/// <param name="reason">Whose limit it is.</param>
public sealed class MessageTooLargeException(long length, long limit, string reason)
    : MeshException("message-too-large", $"A message of {length} bytes is larger than {limit}: {reason}")
{
    /// <summary>The largest length in bytes.</summary>
    public long Limit { get; } = limit;
}
