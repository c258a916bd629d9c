namespace Net.Mesh.Rpc;

/// <summary>How one service is served.</summary>
public sealed record ServeOptions
{
    internal static readonly ServeOptions Default = new();

    /// <summary>The most calls at once; null for the node's <see cref="RpcOptions.MaxConcurrencyPerService"/>, the default. More are answered with Backpressure.</summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>The most calls of one caller at once; null for the node's <see cref="RpcOptions.MaxConcurrencyPerCaller"/>, the default.</summary>
    public int? MaxConcurrencyPerCaller { get; init; }

    /// <summary>The longest request in bytes; null for the node's <see cref="RpcOptions.MaxRequestBytes"/>, the default.</summary>
    public int? MaxRequestBytes { get; init; }

    /// <summary>How long a handler may take, whatever the caller's deadline; null for no limit, the default. Then it is cancelled.</summary>
    public TimeSpan? HandlerTimeout { get; init; }

    /// <summary>Whether the caller is told the message of an exception that the handler did not mean for it. Default: false.</summary>
    public bool IncludeExceptionDetail { get; init; }

    /// <summary>
    /// Whether handlers run on the thread that receives, up to their first await that waits. It saves a change of thread, and a handler
    /// must be quick and must not block, or the whole node waits. Default: false.
    /// </summary>
    public bool RunsOnReceivingThread { get; init; }

    /// <summary>Whether the node announces the service, so that others find it by its name. Default: true.</summary>
    public bool IsAnnounced { get; init; } = true;
}
