using Net.Mesh.Subnets;

namespace Net.Mesh;

/// <summary>Says where a node is.</summary>
public static class MeshNodeBuilderSubnetsExtensions
{
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
