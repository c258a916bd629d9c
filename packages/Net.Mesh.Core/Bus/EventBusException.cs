namespace Net.Mesh;

/// <summary>
/// The event bus could not do what was asked. <see cref="MeshException.Kind"/> is one of the constants here.
/// </summary>
/// <remarks>On hot paths prefer the <c>TryEmit…</c> methods, which report the same outcomes as <see cref="EmitRejection"/>.</remarks>
public class EventBusException : MeshException
{
    /// <summary>The ring of the event's shard is full and the mode does not evict.</summary>
    public const string Backpressure = "backpressure";

    /// <summary>The event was not admitted by sampling; retrying is pointless.</summary>
    public const string Sampled = "sampled";

    /// <summary>No shard could take the event; retry after the topology settles.</summary>
    public const string Unrouted = "unrouted";

    /// <summary>The bus is shutting down, was shut down, or was never started.</summary>
    public const string Shutdown = "shutdown";

    /// <summary>A value could not be turned into bytes, bytes could not be turned into a value, or raw bytes are not JSON.</summary>
    public const string Serialization = "serialization";

    /// <summary>Options are invalid; the message lists every problem.</summary>
    public const string Configuration = "configuration";

    /// <summary>A cursor string cannot be read.</summary>
    public const string InvalidCursor = "invalid-cursor";

    /// <summary>A filter cannot be read.</summary>
    public const string InvalidFilter = "invalid-filter";

    /// <summary>The event is larger than the adapter can carry.</summary>
    public const string TooLarge = "too-large";

    /// <summary>The storage adapter failed; see <see cref="AdapterException"/>.</summary>
    public const string Adapter = "adapter";

    /// <summary>A dynamic-scaling request cannot be met.</summary>
    public const string Scaling = "scaling";

    /// <summary>Creates an exception of a kind.</summary>
    /// <param name="kind">One of the constants of this class.</param>
    /// <param name="message">What was wrong, with which value, and what to do about it.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public EventBusException(string kind, string message, Exception? innerException = null)
        : base(kind, message, innerException)
    {
    }
}
