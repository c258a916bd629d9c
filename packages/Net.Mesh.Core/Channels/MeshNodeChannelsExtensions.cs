using Net.Mesh.Channels;

namespace Net.Mesh;

/// <summary>Gives a node its channels.</summary>
public static class MeshNodeChannelsExtensions
{
    extension(MeshNode node)
    {
        /// <summary>The node's channels.</summary>
        public MeshChannels Channels => node.GetOrAttach(static () => new MeshChannels());
    }
}
