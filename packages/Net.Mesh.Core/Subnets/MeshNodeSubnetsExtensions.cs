using Net.Mesh.Subnets;

namespace Net.Mesh;

/// <summary>Gives a node its place among subnets.</summary>
public static class MeshNodeSubnetsExtensions
{
    extension(MeshNode node)
    {
        /// <summary>Where the node and its peers are.</summary>
        public MeshSubnets Subnets => node.GetOrAttach(static () => new MeshSubnets());
    }
}
