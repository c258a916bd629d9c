namespace Net.Mesh.Rpc;

/// <summary>
/// A call failed. Kinds: <c>no_route</c>, <c>timeout</c>, <c>server_error</c>, <c>transport</c>, <c>codec_encode</c>, <c>codec_decode</c>,
/// <c>capability_denied</c>, <c>breaker_open</c>. A call that its caller cancelled throws <see cref="OperationCanceledException"/>.
/// </summary>
public abstract class RpcException(string kind, string message, Exception? innerException = null)
    : MeshException(kind, $"nrpc:{kind}: {message}", innerException);

/// <summary>There is nobody to call: no node serves it, there is no session with the node, or it does not answer to a subscription.</summary>
/// <param name="target">The node; default where none was found.</param>
/// <param name="message">Why, and what to do.</param>
public sealed class RpcNoRouteException(NodeId target, string message) : RpcException("no_route", message)
{
    /// <summary>The node; default where none was found.</summary>
    public NodeId Target { get; } = target;
}

/// <summary>The deadline passed.</summary>
/// <param name="elapsed">How long the call took up to then.</param>
/// <param name="message">What was called.</param>
public sealed class RpcTimeoutException(TimeSpan elapsed, string message) : RpcException("timeout", $"elapsed_ms={(long)elapsed.TotalMilliseconds} {message}")
{
    /// <summary>How long the call took up to then.</summary>
    public TimeSpan Elapsed { get; } = elapsed;
}

/// <summary>The server answered with another status than Ok.</summary>
/// <param name="status">The status.</param>
/// <param name="detail">What the server says; it may say anything.</param>
public sealed class RpcServerException(RpcStatus status, string detail) : RpcException("server_error", $"status=0x{status.Code:x4} message={detail}")
{
    /// <summary>The status.</summary>
    public RpcStatus Status { get; } = status;

    /// <summary>What the server says; it may say anything.</summary>
    public string Detail { get; } = detail;
}

/// <summary>The request or the answer did not get through: the peer failed or left, or the stream broke.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The cause, when there is one.</param>
public sealed class RpcTransportException(string message, Exception? innerException = null) : RpcException("transport", message, innerException);

/// <summary>Which way a body was being turned.</summary>
public enum RpcDirection
{
    /// <summary>From a value to bytes, or from bytes to a frame.</summary>
    Encode,

    /// <summary>From bytes to a value.</summary>
    Decode,
}

/// <summary>A body, a header or a window cannot be sent, or what came is no such value.</summary>
/// <param name="direction">Which way.</param>
/// <param name="message">What was wrong, with which value.</param>
/// <param name="innerException">The cause, when there is one.</param>
public sealed class RpcCodecException(RpcDirection direction, string message, Exception? innerException = null)
    : RpcException(direction == RpcDirection.Encode ? "codec_encode" : "codec_decode", message, innerException)
{
    /// <summary>Which way.</summary>
    public RpcDirection Direction { get; } = direction;
}

/// <summary>The allow-lists of the service do not name this node.</summary>
/// <param name="target">The node that serves it.</param>
/// <param name="capability">The tag of the service.</param>
public sealed class RpcCapabilityDeniedException(NodeId target, string capability)
    : RpcException("capability_denied", $"{target} lets this node not use {capability}; its announcement names those that may.")
{
    /// <summary>The node that serves it.</summary>
    public NodeId Target { get; } = target;

    /// <summary>The tag of the service.</summary>
    public string Capability { get; } = capability;
}

/// <summary>A circuit breaker lets no call through at the moment.</summary>
/// <param name="message">Until when, as far as that is known.</param>
public sealed class RpcBreakerOpenException(string message) : RpcException("breaker_open", message);

/// <summary>
/// A service cannot be served. Kinds: <c>invalid_service_name</c>, <c>already_serving</c>.
/// </summary>
/// <param name="kind">One of the words above.</param>
/// <param name="message">What was wrong, with which value.</param>
public sealed class RpcServeException(string kind, string message) : MeshException(kind, message);

/// <summary>A handler throws it to answer with a status of its own and a text that the caller may read.</summary>
/// <param name="status">Not <see cref="RpcStatus.Ok"/>.</param>
/// <param name="detail">What the caller is told.</param>
public sealed class RpcApplicationException(RpcStatus status, string detail) : MeshException("application", detail)
{
    /// <summary>The status.</summary>
    public RpcStatus Status { get; } = status.Code != 0 ? status : throw new ArgumentException("A failure with the status Ok would look like success; give another one.", nameof(status));
}
