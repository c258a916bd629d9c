using Net.Mesh.Rpc.Contracts;

namespace Net.Mesh.Rpc;

/// <content>Contracts: interfaces with <see cref="RpcServiceAttribute"/>.</content>
public sealed partial class MeshRpc
{
    /// <summary>A client of a contract at one node. Methods throw what calls throw; streams begin when somebody reads them.</summary>
    /// <typeparam name="TContract">An interface with <see cref="RpcServiceAttribute"/>.</typeparam>
    /// <param name="target">A node with a session, perhaps through a relay, or this node.</param>
    /// <param name="options">How every call is made.</param>
    public TContract CreateClient<TContract>(NodeId target, CallOptions? options = null)
        where TContract : class =>
        CreateClient<TContract>((_, _) => target, options);

    /// <summary>
    /// A client of a contract that finds a node for each call, by what the nodes announce and as <see cref="CallOptions.Routing"/> says.
    /// </summary>
    /// <typeparam name="TContract">An interface with <see cref="RpcServiceAttribute"/>.</typeparam>
    /// <param name="options">How every call is made.</param>
    public TContract CreateClient<TContract>(CallOptions? options = null)
        where TContract : class =>
        CreateClient<TContract>(ChooseNode, options);

    /// <summary>Serves every method of a contract, or none.</summary>
    /// <typeparam name="TContract">An interface with <see cref="RpcServiceAttribute"/>.</typeparam>
    /// <param name="implementation">Its methods are called for several calls at once.</param>
    /// <param name="options">Limits, for each method, and how handlers run.</param>
    /// <returns>Dispose it to stop serving all; calls that run get their answers.</returns>
    /// <exception cref="RpcServeException">One of them is served already; then none is.</exception>
    public async ValueTask<ServeHandle> ServeAsync<TContract>(TContract implementation, ServeOptions? options = null)
        where TContract : class
    {
        ArgumentNullException.ThrowIfNull(implementation);
        var parts = new List<ServeHandle>();
        try
        {
            ServeInto(parts, implementation, options);
        }
        catch
        {
            await DisposeAllAsync(parts).ConfigureAwait(false);
            throw;
        }
        return new(parts);
    }

    /// <summary>The same for a host, which does not start when one of them cannot be served.</summary>
    internal ServeHandle ServeAll<TContract>(TContract implementation, ServeOptions? options)
        where TContract : class
    {
        var parts = new List<ServeHandle>();
        ServeInto(parts, implementation, options);
        return new(parts);
    }

    /// <summary>A client whose target is asked for with every call: the seam for finding a node that serves.</summary>
    internal TContract CreateClient<TContract>(Func<string, CallOptions, NodeId> targetOf, CallOptions? options)
        where TContract : class =>
        RpcContracts.Find<TContract>().CreateClient(new(this, targetOf, options ?? CallOptions.Default));

    private void ServeInto<TContract>(List<ServeHandle> parts, TContract implementation, ServeOptions? options)
        where TContract : class
    {
        var binder = new RpcBinder();
        RpcContracts.Find<TContract>().Bind(implementation, binder);
        foreach ((string service, ServiceHandler handler) in binder.Bound)
            parts.Add(Serve(service, handler, options));
    }

    private static Task DisposeAllAsync(IEnumerable<ServeHandle> handles) => Task.WhenAll(handles.Select(static handle => handle.DisposeAsync().AsTask()));
}
