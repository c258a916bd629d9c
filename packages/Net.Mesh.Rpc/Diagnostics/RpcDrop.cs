namespace Net.Mesh.Rpc;

/// <summary>Why an event of a call came to nothing.</summary>
public enum RpcDrop
{
    /// <summary>It is shorter than the 24 bytes that begin every event.</summary>
    TooShort,

    /// <summary>It cannot be read, or makes no sense in its direction.</summary>
    Malformed,

    /// <summary>There is no such call, any more or at all.</summary>
    UnknownCall,

    /// <summary>It comes from another node than the one that was called.</summary>
    WrongSender,

    /// <summary>It claims another origin than its sender has proven.</summary>
    ForeignOrigin,

    /// <summary>Its sender has claimed too many origins.</summary>
    TooManyOrigins,

    /// <summary>It repeats a call that is over.</summary>
    Repeated,

    /// <summary>There were too many calls at once; the caller was told.</summary>
    Refused,
}
