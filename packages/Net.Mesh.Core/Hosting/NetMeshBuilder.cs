using Microsoft.Extensions.DependencyInjection;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>What <c>AddNetMesh</c> returns: packages add themselves to it, as in <c>services.AddNetMesh().UseRedis("localhost:6379")</c>.</summary>
public sealed class NetMeshBuilder
{
    internal NetMeshBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services being configured.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Keeps the bus's events in memory; the default.</summary>
    /// <param name="options">How much is kept; null means as many events as a ring holds.</param>
    public NetMeshBuilder UseMemory(MemoryAdapterOptions? options = null) => UseAdapter(_ => new MemoryEventAdapter(options));

    /// <summary>Joins the bus to one other over UDP: what the one emits, the other polls.</summary>
    /// <param name="options">The link.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public NetMeshBuilder UseMesh(MeshLinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        return UseAdapter(_ => new MeshEventAdapter(options));
    }

    /// <summary>Keeps the bus's events in any storage; the last call wins.</summary>
    /// <param name="createAdapter">Creates the adapter; the bus starts it and shuts it down.</param>
    public NetMeshBuilder UseAdapter(Func<IServiceProvider, IEventAdapter> createAdapter)
    {
        ArgumentNullException.ThrowIfNull(createAdapter);
        Services.AddSingleton(createAdapter);
        return this;
    }

    /// <summary>
    /// Adds a mesh node that joins before the application serves and leaves when it stops. Inject <see cref="MeshNode"/>; every
    /// <see cref="Node.IMeshFeature"/> among the services is plugged in.
    /// </summary>
    /// <param name="configure">Changes the node's options; without it they come from the configuration section's <c>Node</c>.</param>
    public NetMeshBuilder AddNode(Action<MeshNodeOptions>? configure = null)
    {
        Services.Configure<NetMeshOptions>(options =>
        {
            options.Node ??= new();
            configure?.Invoke(options.Node);
        });
        return this;
    }

    /// <summary>How values become payloads; the last call wins.</summary>
    /// <param name="serializer">The serializer.</param>
    public NetMeshBuilder UseSerializer(IEventSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        Services.AddSingleton(serializer);
        return this;
    }
}
