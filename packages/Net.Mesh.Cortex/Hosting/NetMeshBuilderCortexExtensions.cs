using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Net.Mesh.Cortex;
using Net.Mesh.Cortex.Hosting;
using Net.Mesh.Cortex.Replicas;
using Net.Mesh.Node;

namespace Net.Mesh;

/// <summary>Adds logs and folded state to an application.</summary>
public static class NetMeshBuilderCortexExtensions
{
    extension(NetMeshBuilder builder)
    {
        /// <summary>Adds a store of logs that is closed when the application has stopped; where the application has a node, its logs can be replicated over that. Inject <see cref="Redex"/>.</summary>
        /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Redex</c>.</param>
        public NetMeshBuilder AddRedex(Action<RedexOptions>? configure = null)
        {
            IServiceCollection services = builder.Services;
            if (services.All(static service => service.ServiceType != typeof(Redex)))
            {
                services.AddOptions<RedexOptions>().ValidateOnStart();
                services.AddOptions<CortexOptions>().ValidateOnStart();
                services.AddSingleton<IValidateOptions<RedexOptions>, CortexOptionsValidator>();
                services.AddSingleton<IValidateOptions<CortexOptions>, CortexOptionsValidator>();
                services.AddSingleton<IConfigureOptions<RedexOptions>>(static provider => new ConfigureOptions<RedexOptions>(options =>
                {
                    options.TimeProvider = provider.GetRequiredService<TimeProvider>();
                    options.Logger = provider.GetService<ILoggerFactory>()?.CreateLogger("Net.Mesh.Cortex");
                }));
                if (builder.SectionOf("Redex") is { } redex)
                {
                    services.Configure<RedexOptions>(options =>
                    {
                        var settings = new RedexSettings();
                        redex.Bind(settings, static binder => binder.ErrorOnUnknownConfiguration = true);
                        settings.CopyTo(options);
                    });
                }
                if (builder.SectionOf("Cortex") is { } cortex)
                    services.Configure<CortexOptions>(options => cortex.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true));
                services.AddSingleton<IPostConfigureOptions<RedexOptions>>(static provider => new PostConfigureOptions<RedexOptions>(
                    Options.DefaultName, options => options.PersistentDirectory = provider.GetRequiredService<IOptions<CortexOptions>>().Value.PersistentDirectory ?? options.PersistentDirectory));
                services.AddSingleton(static provider => new Redex(provider.GetRequiredService<IOptions<RedexOptions>>().Value));
                services.AddSingleton<IMeshFeature>(static provider => new NodeRedex(provider.GetRequiredService<Redex>()));
                services.AddSingleton<IHostedService, CortexHostedService>();
            }
            if (configure is not null)
                services.Configure(configure);
            return builder;
        }

        /// <summary>Adds a store of logs and a database of tasks and memories over it, folded before the application serves. Inject <see cref="NetDb"/> or <see cref="Redex"/>.</summary>
        /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Cortex</c>.</param>
        public NetMeshBuilder AddCortex(Action<CortexOptions>? configure = null)
        {
            if (configure is not null)
                builder.Services.Configure(configure);
            builder.AddRedex().Services.TryAddSingleton(static provider => Open(provider, static (_, db) => db.WithTasks().WithMemories()));
            return builder;
        }

        /// <summary>Adds a database with the models that you name. Inject <see cref="NetDb"/>.</summary>
        /// <param name="configure">Names the models, and may change what <see cref="CortexOptions"/> said.</param>
        public NetMeshBuilder AddNetDb(Action<NetDbBuilder> configure)
        {
            ArgumentNullException.ThrowIfNull(configure);
            return builder.AddNetDb((_, db) => configure(db));
        }

        /// <summary>The same with what is among the application's services.</summary>
        /// <param name="configure">Names the models, and may change what <see cref="CortexOptions"/> said.</param>
        public NetMeshBuilder AddNetDb(Action<IServiceProvider, NetDbBuilder> configure)
        {
            ArgumentNullException.ThrowIfNull(configure);
            builder.AddRedex().Services.Replace(ServiceDescriptor.Singleton(provider => Open(provider, configure)));
            return builder;
        }
    }

    /// <summary>Reports whether the logs take appends and could be synced, and whether the folds of the database run.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="tags">Tags to select it by.</param>
    public static IHealthChecksBuilder AddNetMeshCortex(this IHealthChecksBuilder builder, string name = "net-mesh-cortex", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<CortexHealthCheck>(name, tags: tags);
    }

    private static NetDb Open(IServiceProvider provider, Action<IServiceProvider, NetDbBuilder> configure)
    {
        CortexOptions options = provider.GetRequiredService<IOptions<CortexOptions>>().Value;
        NetDbBuilder builder = NetDb.CreateBuilder(provider.GetRequiredService<Redex>())
            .WithOrigin(options.Origin)
            .WithDefaults(options.ToAdapterOptions());
        if (options.PersistentDirectory is not null)
            builder.Persistent();
        configure(provider, builder);
        return builder.Open(new(null, null));
    }
}
