using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Net.Mesh.Bus;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Hosting;

namespace Net.Mesh;

/// <summary>What <c>AddNetMesh</c> returns: packages add themselves to it, as in <c>services.AddNetMesh().UseRedis("localhost:6379")</c>.</summary>
public sealed class NetMeshBuilder
{
    private readonly HashSet<string> _features = new(StringComparer.OrdinalIgnoreCase);
    private readonly IConfiguration? _configuration;

    internal NetMeshBuilder(IServiceCollection services, IConfiguration? configuration = null)
    {
        Services = services;
        _configuration = configuration;
    }

    /// <summary>The services being configured.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// For features: the part of the configuration that is theirs, such as <c>"NetMesh": { "Rpc": { … } }</c>, and no key that nobody knows
    /// any more; null where <c>AddNetMesh</c> was given no configuration.
    /// </summary>
    /// <param name="feature">The name of the part.</param>
    public IConfiguration? SectionOf(string feature)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        _features.Add(feature);
        return _configuration?.GetSection(feature);
    }

    /// <summary>The configuration without the parts of features.</summary>
    internal IConfiguration OwnConfiguration() => new ConfigurationBuilder()
        .AddInMemoryCollection(_configuration!.AsEnumerable(makePathsRelative: true).Where(entry => !_features.Contains(entry.Key.Split(ConfigurationPath.KeyDelimiter)[0])))
        .Build();

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

    /// <summary>Who the node is; without it, or a key file in the options, it is somebody new at each start.</summary>
    /// <param name="create">Makes or reads the identity.</param>
    public NetMeshBuilder AddIdentity(Func<IServiceProvider, Identity> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddSingleton(create);
        return this;
    }

    /// <summary>Makes the node answer subscribers from its start on.</summary>
    /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Channels</c>.</param>
    public NetMeshBuilder AddChannels(Action<ChannelOptions>? configure = null)
    {
        Services.Configure<NetMeshOptions>(options => configure?.Invoke(options.Channels ??= new()));
        Services.PostConfigure<NetMeshOptions>(static options => options.Channels ??= new());
        return this;
    }

    /// <summary>Adds a channel on which the node publishes; it is there before the application serves.</summary>
    /// <param name="channel">The channel, as in <c>new ChannelConfig("sensors/temp") { Reliable = true }</c>.</param>
    public NetMeshBuilder AddChannel(ChannelConfig channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        Services.AddSingleton(channel);
        return AddChannels();
    }

    /// <summary>Makes the node take announcements in, and pass them on, from its start on.</summary>
    /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Capabilities</c>.</param>
    public NetMeshBuilder AddCapabilities(Action<CapabilityOptions>? configure = null)
    {
        Services.Configure<NetMeshOptions>(options => configure?.Invoke(options.Capabilities ??= new()));
        Services.PostConfigure<NetMeshOptions>(static options => options.Capabilities ??= new());
        return this;
    }

    /// <summary>Makes the node say what it can do as soon as it runs; the last call wins.</summary>
    /// <param name="announced">What it can do.</param>
    /// <param name="configure">Changes the options.</param>
    public NetMeshBuilder AddCapabilities(CapabilitySet announced, Action<CapabilityOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(announced);
        Services.AddSingleton(announced);
        return AddCapabilities(configure);
    }

    /// <summary>Says where the node is, and how announced tags place its peers.</summary>
    /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Subnets</c>.</param>
    public NetMeshBuilder AddSubnets(Action<SubnetOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.Configure<NetMeshOptions>(options => configure(options.Subnets ??= new()));
        return this;
    }

    /// <summary>Adds a filter to <see cref="PlacementFilterRegistry.Global"/> while the application runs.</summary>
    /// <typeparam name="T">The filter; what it needs comes from the services.</typeparam>
    /// <param name="id">The id by which artifacts name it.</param>
    public NetMeshBuilder AddPlacementFilter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(string id)
        where T : class, IPlacementFilter
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        Services.TryAddSingleton<T>();
        Services.AddSingleton<IHostedService>(provider => new PlacementFilterRegistration(id, provider.GetRequiredService<T>()));
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
