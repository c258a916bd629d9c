namespace Net.Mesh;

/// <summary>How an adapter failed; decides whether the bus tries the batch again.</summary>
public enum AdapterErrorKind
{
    /// <summary>May succeed when tried again: a timeout, a lost connection, a server that is loading or failing over.</summary>
    Transient,

    /// <summary>The backend refuses for now because it is full or overloaded; tried again.</summary>
    Backpressure,

    /// <summary>Will not succeed when tried again: bad credentials, a wrong type, a broken configuration.</summary>
    Fatal,

    /// <summary>The backend could not be reached at start; not tried again.</summary>
    Connection,

    /// <summary>The adapter is not started or was shut down.</summary>
    Shutdown,

    /// <summary>A batch or a record cannot be encoded or decoded.</summary>
    Serialization,
}

/// <summary>A storage adapter failed. Adapters throw it so that the bus can tell a hiccup from a dead end (spec 05 §18).</summary>
public sealed class AdapterException : EventBusException
{
    /// <summary>Creates an adapter failure.</summary>
    /// <param name="errorKind">How it failed.</param>
    /// <param name="message">What failed, with which value, and the remedy; no secrets.</param>
    /// <param name="innerException">The client library's exception, when there is one.</param>
    public AdapterException(AdapterErrorKind errorKind, string message, Exception? innerException = null)
        : base(Adapter, $"{Prefix(errorKind)}: {message}", innerException) => ErrorKind = errorKind;

    /// <summary>How the adapter failed.</summary>
    public AdapterErrorKind ErrorKind { get; }

    /// <summary>Whether the same batch may succeed when it is tried again.</summary>
    public bool IsRetryable => ErrorKind is AdapterErrorKind.Transient or AdapterErrorKind.Backpressure;

    private static string Prefix(AdapterErrorKind kind) => kind switch
    {
        AdapterErrorKind.Transient => "transient error",
        AdapterErrorKind.Backpressure => "backend backpressure",
        AdapterErrorKind.Fatal => "fatal error",
        AdapterErrorKind.Connection => "connection error",
        AdapterErrorKind.Shutdown => "adapter is shut down",
        AdapterErrorKind.Serialization => "serialization error",
        _ => "adapter error",
    };
}
