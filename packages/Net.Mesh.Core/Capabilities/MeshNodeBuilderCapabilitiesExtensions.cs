using Net.Mesh.Capabilities;

namespace Net.Mesh;

/// <summary>Configures a node's capabilities.</summary>
public static class MeshNodeBuilderCapabilitiesExtensions
{
    extension(MeshNodeBuilder builder)
    {
        /// <summary>How the node announces and listens; also makes it take announcements in, and pass them on, from its start on.</summary>
        public MeshNodeBuilder WithCapabilities(Action<CapabilityOptions>? configure = null)
        {
            MeshCapabilities capabilities = builder.GetOrAddFeature(static () => new MeshCapabilities());
            configure?.Invoke(capabilities.Options);
            return builder;
        }
    }
}
