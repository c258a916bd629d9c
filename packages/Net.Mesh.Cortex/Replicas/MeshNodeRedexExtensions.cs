using Net.Mesh.Cortex;
using Net.Mesh.Cortex.Replicas;

namespace Net.Mesh;

/// <summary>Gives a node its logs.</summary>
public static class MeshNodeRedexExtensions
{
    extension(MeshNode node)
    {
        /// <summary>The node's own store of logs: in memory unless the builder said where, replicated over the node where a log's options say so, closed when the node stops.</summary>
        public Redex Redex => node.GetOrAttach(static () => new NodeRedex()).Store;
    }
}
