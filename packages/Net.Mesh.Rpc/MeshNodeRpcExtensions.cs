using Net.Mesh.Rpc;

namespace Net.Mesh;

/// <summary>Gives a node its calls and services.</summary>
public static class MeshNodeRpcExtensions
{
    extension(MeshNode node)
    {
        /// <summary>The node's calls and services.</summary>
        public MeshRpc Rpc => node.GetOrAttach(static () => new MeshRpc());
    }
}
