using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Net.Mesh.Bus;
using Net.Mesh.Hosting;

namespace Net.Mesh;

/// <summary>Adds Net.Mesh to an application.</summary>
public static class NetMeshServiceCollectionExtensions
{
    /// <summary>
    /// Adds an <see cref="EventBus"/> that starts before the application serves and drains when it stops. Events are kept in
    /// memory until a <c>Use…</c> call says otherwise.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    public static NetMeshBuilder AddNetMesh(this IServiceCollection services, Action<NetMeshOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<NetMeshOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<NetMeshOptions>, NetMeshOptionsValidator>());
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEventSerializer>(new JsonEventSerializer());
        services.TryAddSingleton(CreateBus);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EventBusHostedService>());
        services.TryAddSingleton(CreateNode);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, MeshNodeHostedService>());
        return new(services);
    }

    /// <summary>Adds an <see cref="EventBus"/> configured by a section such as <c>"NetMesh": { "Bus": { "Shards": 4 } }</c>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The section that holds <c>Bus</c>.</param>
    public static NetMeshBuilder AddNetMesh(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddNetMesh();
        var builder = new NetMeshBuilder(services, configuration);
        services.Configure<NetMeshOptions>(options => builder.OwnConfiguration().Bind(options, binder => binder.ErrorOnUnknownConfiguration = true));
        return builder;
    }

    /// <summary>Reports whether the event bus runs and its storage answers, and how the mesh node and its peers are.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="tags">Tags to select it by.</param>
    public static IHealthChecksBuilder AddNetMesh(this IHealthChecksBuilder builder, string name = "net-mesh", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<EventBusHealthCheck>(name, tags: tags).AddCheck<MeshNodeHealthCheck>(name + "-node", tags: tags);
    }

    private static MeshNode CreateNode(IServiceProvider provider)
    {
        MeshNodeOptions options = provider.GetRequiredService<IOptions<NetMeshOptions>>().Value.Node
            ?? throw new InvalidOperationException("There is no mesh node: call AddNetMesh(…).AddNode(…), or give the configuration section a Node.");
        MeshNodeBuilder builder = MeshNode.CreateBuilder(options)
            .WithTimeProvider(provider.GetRequiredService<TimeProvider>())
            .WithLoggerFactory(provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
        if (provider.GetService<Identity>() is { } identity)
            builder.WithIdentity(identity);
        return builder.Create();
    }

    private static EventBus CreateBus(IServiceProvider provider) => new(
        provider.GetRequiredService<IOptions<NetMeshOptions>>().Value.Bus,
        provider.GetService<IEventAdapter>() ?? new MemoryEventAdapter(),
        provider.GetRequiredService<IEventSerializer>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance);
}
