namespace Net.Mesh.Rpc;

public sealed partial class MeshRpc
{
    /// <summary>Calls a service of a node, and again when that fails in a way that the policy names. The same as <see cref="CallOptions.Retry"/>.</summary>
    /// <param name="target">A node with a session, perhaps through a relay, or this node.</param>
    /// <param name="service">The service.</param>
    /// <param name="body">The request; to be left alone until the call is over.</param>
    /// <param name="policy">When to call again; null for <see cref="RetryPolicy.Default"/>.</param>
    /// <param name="options">A deadline over all attempts, headers.</param>
    /// <param name="cancellationToken">Cancels the call, here and there.</param>
    /// <exception cref="RpcException">The last attempt failed; the type says how.</exception>
    public ValueTask<RpcReply> CallWithRetryAsync(NodeId target, string service, ReadOnlyMemory<byte> body, RetryPolicy? policy = null, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync(target, service, body, (options ?? CallOptions.Default) with { Retry = policy ?? RetryPolicy.Default }, cancellationToken);

    /// <summary>The same of whichever node serves it; each attempt looks for one.</summary>
    /// <inheritdoc cref="CallWithRetryAsync"/>
    public ValueTask<RpcReply> CallServiceWithRetryAsync(string service, ReadOnlyMemory<byte> body, RetryPolicy? policy = null, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallServiceAsync(service, body, (options ?? CallOptions.Default) with { Retry = policy ?? RetryPolicy.Default }, cancellationToken);

    /// <summary>
    /// Calls a service of several nodes, one a while after the other: the first answer wins, and the other calls are cancelled. If all
    /// fail, the failure of the first node is thrown.
    /// </summary>
    /// <param name="targets">The nodes; as many as the policy says are called.</param>
    /// <param name="service">The service.</param>
    /// <param name="body">The request; to be left alone until the call is over.</param>
    /// <param name="policy">How many are called, and when; null for <see cref="HedgePolicy.Default"/>.</param>
    /// <param name="options">A deadline over all of it, headers.</param>
    /// <param name="cancellationToken">Cancels the calls, here and there.</param>
    /// <exception cref="RpcNoRouteException">There are no nodes.</exception>
    /// <exception cref="RpcException">All failed.</exception>
    public ValueTask<RpcReply> CallWithHedgeToAsync(IReadOnlyList<NodeId> targets, string service, ReadOnlyMemory<byte> body, HedgePolicy? policy = null, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return Parts.Resilient.CallAnyAsync(targets, service, body, (options ?? CallOptions.Default) with { Hedge = policy ?? HedgePolicy.Default }, cancellationToken);
    }

    /// <summary>
    /// The same of those that announced the service, from the lowest id on, whatever the options say about routing and health. With
    /// <see cref="CallOptions.Hedge"/> in <see cref="CallServiceAsync"/> those count, and the race begins with the node whose turn it is.
    /// </summary>
    /// <inheritdoc cref="CallWithHedgeToAsync"/>
    public ValueTask<RpcReply> CallServiceWithHedgeAsync(string service, ReadOnlyMemory<byte> body, HedgePolicy? policy = null, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        Parts.Resilient.CallAnyOfServiceAsync(service, body, (options ?? CallOptions.Default) with { Hedge = policy ?? HedgePolicy.Default }, cancellationToken);
}
