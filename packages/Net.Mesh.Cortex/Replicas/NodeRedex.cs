using Net.Mesh.Node;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>The store of a node's own: it replicates over the node, and is closed when the node stops.</summary>
internal sealed class NodeRedex : IMeshFeature
{
    private Redex? _store;

    /// <summary>The store's options; read when the node starts.</summary>
    public RedexOptions Options { get; } = new();

    public Redex Store => _store ?? throw new InvalidOperationException("The store is not attached to a node.");

    public ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        Options.TimeProvider = context.Time;
        Options.Logger ??= context.Log;
        _store = new(Options);
        _store.Enable(context.GetOrAttach(static () => new MeshReplication()), null);
        return default;
    }

    public ValueTask DetachAsync() => _store?.DisposeAsync() ?? default;
}
