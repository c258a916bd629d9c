using Net.Mesh.Capabilities;
using Net.Mesh.Channels;

namespace Net.Mesh;

/// <summary>Everything that <c>AddNetMesh</c> configures. Bindable from configuration.</summary>
public sealed class NetMeshOptions
{
    /// <summary>The event bus.</summary>
    public EventBusOptions Bus { get; set; } = new();

    /// <summary>The mesh node; null, the default, means that there is none.</summary>
    public MeshNodeOptions? Node { get; set; }

    /// <summary>How the node takes part in channels; null, the default, means from their first use on, with the usual options.</summary>
    public ChannelOptions? Channels { get; set; }

    /// <summary>How the node announces and listens; null, the default, means from the first use on, with the usual options.</summary>
    public CapabilityOptions? Capabilities { get; set; }

    /// <summary>Where the node is; null, the default, means at the root, and peers nowhere.</summary>
    public SubnetOptions? Subnets { get; set; }
}
