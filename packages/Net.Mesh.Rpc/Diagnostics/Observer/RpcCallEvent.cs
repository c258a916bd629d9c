namespace Net.Mesh.Rpc;

/// <summary>A call that is over, as one side saw it (spec 07 §12).</summary>
/// <param name="Caller">Who called.</param>
/// <param name="Callee">Who was called.</param>
/// <param name="Method">The service.</param>
/// <param name="LatencyMs">How long it took, in whole milliseconds.</param>
/// <param name="Status">How it ended.</param>
/// <param name="RequestBytes">The body of the request, or of all items of the upload.</param>
/// <param name="ResponseBytes">The body of the answer, or of all its items.</param>
/// <param name="Direction">Which side this node was on.</param>
/// <param name="TimestampUnixMs">When it ended, in milliseconds since 1970.</param>
public readonly record struct RpcCallEvent(
    NodeId Caller, NodeId Callee, string Method, uint LatencyMs, RpcCallStatus Status, uint RequestBytes, uint ResponseBytes, RpcCallDirection Direction, ulong TimestampUnixMs);

/// <summary>How a call ended.</summary>
/// <param name="Kind">The way.</param>
/// <param name="Message">What failed, with <see cref="RpcCallStatusKind.Error"/> only.</param>
public readonly record struct RpcCallStatus(RpcCallStatusKind Kind, string? Message = null)
{
    internal static RpcCallStatus Of(Exception? failure) => failure switch
    {
        null => new(RpcCallStatusKind.Ok),
        RpcTimeoutException => new(RpcCallStatusKind.Timeout),
        OperationCanceledException => new(RpcCallStatusKind.Canceled),
        _ => new(RpcCallStatusKind.Error, failure.Message),
    };
}

/// <summary>Ways in which calls end; the numbers are those of the other languages.</summary>
public enum RpcCallStatusKind
{
    /// <summary>With an answer: <c>ok</c>.</summary>
    Ok = 0,

    /// <summary>With a failure: <c>error</c>.</summary>
    Error = 1,

    /// <summary>The deadline passed: <c>timeout</c>.</summary>
    Timeout = 2,

    /// <summary>The caller cancelled, or went away: <c>canceled</c>.</summary>
    Canceled = 3,
}

/// <summary>Sides of a call; the numbers are those of the other languages.</summary>
public enum RpcCallDirection
{
    /// <summary>This node called: <c>outbound</c>.</summary>
    Outbound = 0,

    /// <summary>This node was called: <c>inbound</c>.</summary>
    Inbound = 1,
}
