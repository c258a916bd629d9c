using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Node;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>The store of a node's own: it replicates over the node, and is closed when the node stops.</summary>
/// <param name="given">A store that somebody else closes; null for one that is made.</param>
[SuppressMessage("Design", "CA1001", Justification = "Detaching disposes of what was attached.")]
internal sealed class NodeRedex(Redex? given = null) : IMeshFeature
{
    private Redex? _own;

    /// <summary>The store's options; read when the node starts.</summary>
    public RedexOptions Options { get; } = new();

    public Redex Store => given ?? _own ?? throw new InvalidOperationException("The store is not attached to a node.");

    public ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        Options.TimeProvider = context.Time;
        Options.Logger ??= context.Log;
        if (given is null)
            _own = new(Options);
        Store.Enable(context.GetOrAttach(static () => new MeshReplication()), null);
        return default;
    }

    public ValueTask DetachAsync() => _own?.DisposeAsync() ?? default;
}
