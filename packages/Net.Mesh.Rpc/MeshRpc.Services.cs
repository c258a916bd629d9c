using Net.Mesh.Rpc.Discovery;

namespace Net.Mesh.Rpc;

public sealed partial class MeshRpc
{
    /// <summary>The nodes that serve a service, as they announced it, ascending; this node among them when it does.</summary>
    public IReadOnlyList<NodeId> FindServiceNodes(string service) => Parts.Directory.Find(service);

    /// <summary>
    /// Calls a service of whichever node serves it, chosen by <see cref="CallOptions.Routing"/>. A service of this node is called in the
    /// process.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="body">The request.</param>
    /// <param name="options">A deadline, headers, how the node is chosen.</param>
    /// <param name="cancellationToken">Cancels the call, here and there.</param>
    /// <exception cref="RpcNoRouteException">Nobody serves it.</exception>
    /// <exception cref="RpcCapabilityDeniedException">Nobody of those who serve it lets this node call it.</exception>
    /// <exception cref="RpcException">It failed; the type says how.</exception>
    public ValueTask<RpcReply> CallServiceAsync(string service, ReadOnlyMemory<byte> body, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        CallOptions how = options ?? CallOptions.Default;
        return how.IsPlain
            ? CallAsync(ChooseNode(service, how), service, body, how, cancellationToken)
            : Parts.Resilient.CallServiceAsync(service, body, how, cancellationToken);
    }

    /// <summary>The same for a service that answers with a stream.</summary>
    /// <inheritdoc cref="CallServiceAsync"/>
    public ValueTask<RpcStream> CallServiceStreamingAsync(string service, ReadOnlyMemory<byte> body, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallStreamingAsync(ChooseNode(service, options ?? CallOptions.Default), service, body, options, cancellationToken);

    /// <summary>The same for a service that takes a stream and answers once.</summary>
    /// <inheritdoc cref="CallServiceAsync"/>
    public ValueTask<RpcClientStream> CallServiceClientStreamAsync(string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallClientStreamAsync(ChooseNode(service, options ?? CallOptions.Default), service, options, cancellationToken);

    /// <summary>The same for a service that takes a stream and answers with one.</summary>
    /// <inheritdoc cref="CallServiceAsync"/>
    public ValueTask<RpcDuplex> CallServiceDuplexAsync(string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallDuplexAsync(ChooseNode(service, options ?? CallOptions.Default), service, options, cancellationToken);

    private NodeId ChooseNode(string service, CallOptions how)
    {
        ServiceDirectory directory = Parts.Directory;
        List<NodeId> candidates = directory.Candidates(service, how);
        return candidates[directory.Choose(service, candidates, how.Routing)];
    }

    private bool IsAnnounced(string service)
    {
        lock (Parts.Announced)
            return Parts.Announced.Contains(service);
    }
}
