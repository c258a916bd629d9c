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

    extension(MeshNodeBuilder builder)
    {
        /// <summary>Where the node is; without it at the root. Channels that stay in their subnet look at this.</summary>
        public MeshNodeBuilder WithSubnet(SubnetId subnet)
        {
            builder.GetOrAddFeature(static () => new MeshSubnets()).Own = subnet;
            return builder;
        }

        /// <summary>How announced tags make a peer's place. Every node of the mesh needs the same policy.</summary>
        public MeshNodeBuilder WithSubnetPolicy(SubnetPolicy policy)
        {
            ArgumentNullException.ThrowIfNull(policy);
            builder.GetOrAddFeature(static () => new MeshSubnets()).Policy = policy;
            return builder;
        }
    }
}
