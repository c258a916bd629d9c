using Net.Mesh.Capabilities;

namespace Net.Mesh;

/// <summary>Gives a node its capabilities.</summary>
public static class MeshNodeCapabilitiesExtensions
{
    extension(MeshNode node)
    {
        /// <summary>What the node can do, and what it knows of the others.</summary>
        public MeshCapabilities Capabilities => node.GetOrAttach(static () => new MeshCapabilities());
    }
}
