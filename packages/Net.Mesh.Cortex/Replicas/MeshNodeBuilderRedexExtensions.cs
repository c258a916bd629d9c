using Net.Mesh.Cortex;
using Net.Mesh.Cortex.Replicas;

namespace Net.Mesh;

/// <summary>Configures a node's own logs.</summary>
public static class MeshNodeBuilderRedexExtensions
{
    extension(MeshNodeBuilder builder)
    {
        /// <summary>How the node's own store of logs behaves. It takes its clock from the node.</summary>
        public MeshNodeBuilder WithRedex(Action<RedexOptions>? configure = null)
        {
            NodeRedex redex = builder.GetOrAddFeature(static () => new NodeRedex());
            configure?.Invoke(redex.Options);
            return builder;
        }
    }
}
