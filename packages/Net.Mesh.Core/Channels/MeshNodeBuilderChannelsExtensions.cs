using Net.Mesh.Channels;

namespace Net.Mesh;

/// <summary>Configures a node's channels.</summary>
public static class MeshNodeBuilderChannelsExtensions
{
    extension(MeshNodeBuilder builder)
    {
        /// <summary>How the node takes part in channels; also makes it answer subscribers from its start on.</summary>
        public MeshNodeBuilder WithChannels(Action<ChannelOptions>? configure = null)
        {
            MeshChannels channels = builder.GetOrAddFeature(static () => new MeshChannels());
            configure?.Invoke(channels.Options);
            return builder;
        }
    }
}
