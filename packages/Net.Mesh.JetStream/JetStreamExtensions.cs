using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>Puts NATS JetStream under the event bus.</summary>
public static class JetStreamExtensions
{
    /// <summary>Keeps the events in JetStream.</summary>
    /// <param name="builder">The bus's builder.</param>
    /// <param name="url">The server, for example <c>nats://localhost:4222</c>.</param>
    public static EventBusBuilder UseJetStream(this EventBusBuilder builder, string url) => builder.UseJetStream(new JetStreamAdapterOptions(url));

    /// <summary>Keeps the events in JetStream.</summary>
    /// <param name="builder">The bus's builder.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="ArgumentException">The options are invalid; the message lists every problem.</exception>
    public static EventBusBuilder UseJetStream(this EventBusBuilder builder, JetStreamAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseAdapter(new JetStreamEventAdapter(options));
    }

    /// <summary>Keeps the bus's events in JetStream.</summary>
    /// <param name="builder">What <c>AddNetMesh</c> returned.</param>
    /// <param name="url">The server, for example <c>nats://localhost:4222</c>.</param>
    public static NetMeshBuilder UseJetStream(this NetMeshBuilder builder, string url) => builder.UseJetStream(new JetStreamAdapterOptions(url));

    /// <summary>Keeps the bus's events in JetStream.</summary>
    /// <param name="builder">What <c>AddNetMesh</c> returned.</param>
    /// <param name="options">Where and how.</param>
    public static NetMeshBuilder UseJetStream(this NetMeshBuilder builder, JetStreamAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.UseAdapter(_ => new JetStreamEventAdapter(options));
    }
}
