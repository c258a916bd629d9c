using System.ComponentModel;

namespace Net.Mesh.Rpc.Contracts;

/// <summary>A contract as generated code knows it. Not for use by hand.</summary>
/// <typeparam name="TContract">The interface.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RpcContract<TContract>
    where TContract : class
{
    /// <summary>A client that calls by the invoker.</summary>
    public abstract TContract CreateClient(RpcInvoker invoker);

    /// <summary>Binds every method of an implementation to its service.</summary>
    public abstract void Bind(TContract implementation, RpcBinder binder);
}

/// <summary>What stands for a missing argument or a missing result: an empty object on the wire. Not for use by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct RpcNothing;
