using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>Joins an event bus to one other over UDP.</summary>
public static class MeshBusExtensions
{
    /// <summary>Sends what the bus emits to one peer, and polls what the peer emits.</summary>
    /// <param name="builder">The bus.</param>
    /// <param name="options">The link.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public static EventBusBuilder UseMesh(this EventBusBuilder builder, MeshLinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseAdapter(new MeshEventAdapter(options));
    }
}
