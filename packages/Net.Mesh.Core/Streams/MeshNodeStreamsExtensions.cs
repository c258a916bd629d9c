using Net.Mesh.Streams;

namespace Net.Mesh;

/// <summary>Gives a node its streams.</summary>
public static class MeshNodeStreamsExtensions
{
    extension(MeshNode node)
    {
        /// <summary>The node's streams.</summary>
        public MeshStreams Streams => node.GetOrAttach(static () => new MeshStreams());
    }
}
