namespace Net.Mesh;

/// <summary>Everything that <c>AddNetMesh</c> configures. Bindable from configuration.</summary>
public sealed class NetMeshOptions
{
    /// <summary>The event bus.</summary>
    public EventBusOptions Bus { get; set; } = new();

    /// <summary>The mesh node; null, the default, means that there is none.</summary>
    public MeshNodeOptions? Node { get; set; }
}
