namespace Net.Mesh.Rpc.Wire;

internal enum RpcDecodeErrorKind
{
    None,
    Truncated,
    TooLarge,
    InvalidUtf8,
}

/// <summary>Why bytes are no frame, and at which field reading stopped (spec 07 §3.6).</summary>
internal readonly record struct RpcDecodeError(RpcDecodeErrorKind Kind, string Field, long Actual = 0, long Limit = 0)
{
    public override string ToString() => Kind == RpcDecodeErrorKind.TooLarge ? $"{Field} takes {Actual} bytes of {Limit}" : $"{Kind} at {Field}";
}
