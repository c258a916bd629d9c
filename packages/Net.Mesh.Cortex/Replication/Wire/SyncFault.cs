namespace Net.Mesh.Cortex.Replication;

/// <summary>Why bytes are no message of replication, in the order of the checks (spec 06 §8.4).</summary>
internal enum SyncFaultKind
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>They end too early.</summary>
    Truncated,

    /// <summary>They begin with another subprotocol's id.</summary>
    SubprotocolMismatch,

    /// <summary>They are another message than was expected.</summary>
    DispatchMismatch,

    /// <summary>The role is none.</summary>
    BadRole,

    /// <summary>The error code is none.</summary>
    BadErrorCode,

    /// <summary>The detail is no text.</summary>
    InvalidUtf8,
}

/// <summary>Why bytes are no message of replication.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Value">The value that is wrong: the id, the dispatch code, the role or the error code; of truncated bytes, how many were needed.</param>
/// <param name="Have">Of truncated bytes, how many there are.</param>
internal readonly record struct SyncFault(SyncFaultKind Kind, long Value = 0, long Have = 0)
{
    public bool IsNone => Kind == SyncFaultKind.None;

    public static SyncFault Truncated(long need, long have) => new(SyncFaultKind.Truncated, need, have);
}
