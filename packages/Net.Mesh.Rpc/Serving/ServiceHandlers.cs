namespace Net.Mesh.Rpc;

/// <summary>Answers a unary call with bytes.</summary>
/// <param name="context">The call; valid until the answer is there.</param>
/// <param name="cancellationToken">Cancelled when the caller no longer waits.</param>
public delegate ValueTask<ReadOnlyMemory<byte>> UnaryHandler(RpcContext context, CancellationToken cancellationToken);

/// <summary>Answers a call with a stream of items.</summary>
/// <param name="context">The call; valid until the stream ends.</param>
/// <param name="cancellationToken">Cancelled when the caller no longer waits.</param>
public delegate IAsyncEnumerable<ReadOnlyMemory<byte>> ServerStreamHandler(RpcContext context, CancellationToken cancellationToken);

/// <summary>Takes a stream of items and answers with bytes.</summary>
/// <param name="context">The call; valid until the answer is there.</param>
/// <param name="items">What the caller sends, the handler's to keep.</param>
/// <param name="cancellationToken">Cancelled when the caller no longer waits.</param>
public delegate ValueTask<ReadOnlyMemory<byte>> ClientStreamHandler(RpcContext context, IAsyncEnumerable<ReadOnlyMemory<byte>> items, CancellationToken cancellationToken);

/// <summary>Takes a stream of items and answers with another.</summary>
/// <param name="context">The call; valid until the stream ends.</param>
/// <param name="items">What the caller sends, the handler's to keep.</param>
/// <param name="cancellationToken">Cancelled when the caller no longer waits.</param>
public delegate IAsyncEnumerable<ReadOnlyMemory<byte>> DuplexHandler(RpcContext context, IAsyncEnumerable<ReadOnlyMemory<byte>> items, CancellationToken cancellationToken);

/// <summary>A service's handler, whatever its shape: exactly one of the four is there.</summary>
internal sealed record ServiceHandler(ServiceShape Shape)
{
    public UnaryHandler? Unary { get; init; }

    public ServerStreamHandler? ServerStream { get; init; }

    public ClientStreamHandler? ClientStream { get; init; }

    public DuplexHandler? Duplex { get; init; }

    /// <summary>What an exception that is none of the caller's becomes: the typed layer says so to the caller (spec 07 §9.1).</summary>
    public RpcStatus Failure { get; init; } = RpcStatus.Internal;

    public bool IsUpload => Shape is ServiceShape.ClientStreaming or ServiceShape.Duplex;

    public bool IsDownload => Shape is ServiceShape.ServerStreaming or ServiceShape.Duplex;
}
