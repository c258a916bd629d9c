using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Net.Mesh.Node;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Hosting;

namespace Net.Mesh;

/// <summary>Adds calls and services to an application's node.</summary>
public static class NetMeshBuilderRpcExtensions
{
    extension(NetMeshBuilder builder)
    {
        /// <summary>Makes the node call and serve from its start on. Inject <see cref="MeshRpc"/>.</summary>
        /// <param name="configure">Changes the options; without it they come from the configuration section's <c>Rpc</c>.</param>
        public NetMeshBuilder AddRpc(Action<RpcOptions>? configure = null)
        {
            IServiceCollection services = builder.Services;
            OptionsBuilder<RpcOptions> options = services.AddOptions<RpcOptions>();
            if (services.All(static service => service.ServiceType != typeof(MeshRpc)))
            {
                if (builder.SectionOf("Rpc") is { } section)
                    services.Configure<RpcOptions>(rpc => section.Bind(rpc, static binder => binder.ErrorOnUnknownConfiguration = true));
                options.ValidateOnStart();
                services.AddSingleton<IValidateOptions<RpcOptions>, RpcOptionsValidator>();
                services.AddSingleton(static provider => new MeshRpc(provider.GetRequiredService<IOptions<RpcOptions>>().Value)
                {
                    Registrations = [.. provider.GetServices<RpcHandlerRegistration>()],
                });
                services.AddSingleton<IMeshFeature>(static provider => provider.GetRequiredService<MeshRpc>());
            }
            if (configure is not null)
                services.Configure(configure);
            return builder;
        }

        /// <summary>Serves a service with bytes in and out, before the application serves and until it stops.</summary>
        /// <param name="service">1 to 246 characters of a-z, 0-9, -, _, . and /.</param>
        /// <param name="handler">Answers; called for several calls at once.</param>
        /// <param name="options">Limits, and how handlers run.</param>
        public NetMeshBuilder AddRpcHandler(string service, UnaryHandler handler, ServeOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(handler);
            return builder.AddRpcHandler(service, _ => handler, options);
        }

        /// <summary>The same with a handler that is made of the application's services.</summary>
        /// <param name="service">1 to 246 characters of a-z, 0-9, -, _, . and /.</param>
        /// <param name="create">Makes the handler, once.</param>
        /// <param name="options">Limits, and how handlers run.</param>
        public NetMeshBuilder AddRpcHandler(string service, Func<IServiceProvider, UnaryHandler> create, ServeOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(create);
            return Register(builder, (provider, rpc) => rpc.Serve(service, create(provider), options));
        }

        /// <summary>The same for a service that answers with a stream.</summary>
        /// <inheritdoc cref="AddRpcHandler(NetMeshBuilder, string, Func{IServiceProvider, UnaryHandler}, ServeOptions?)"/>
        public NetMeshBuilder AddRpcStreamingHandler(string service, Func<IServiceProvider, ServerStreamHandler> create, ServeOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(create);
            return Register(builder, (provider, rpc) => rpc.ServeStreaming(service, create(provider), options));
        }

        /// <summary>The same for a service that takes a stream and answers once.</summary>
        /// <inheritdoc cref="AddRpcHandler(NetMeshBuilder, string, Func{IServiceProvider, UnaryHandler}, ServeOptions?)"/>
        public NetMeshBuilder AddRpcClientStreamHandler(string service, Func<IServiceProvider, ClientStreamHandler> create, ServeOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(create);
            return Register(builder, (provider, rpc) => rpc.ServeClientStream(service, create(provider), options));
        }

        /// <summary>The same for a service that takes a stream and answers with one.</summary>
        /// <inheritdoc cref="AddRpcHandler(NetMeshBuilder, string, Func{IServiceProvider, UnaryHandler}, ServeOptions?)"/>
        public NetMeshBuilder AddRpcDuplexHandler(string service, Func<IServiceProvider, DuplexHandler> create, ServeOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(create);
            return Register(builder, (provider, rpc) => rpc.ServeDuplex(service, create(provider), options));
        }

        /// <summary>Serves a contract before the application serves and until it stops.</summary>
        /// <typeparam name="TContract">An interface with <see cref="RpcServiceAttribute"/>.</typeparam>
        /// <typeparam name="TImplementation">What answers; one for the application, made of its services.</typeparam>
        /// <param name="options">Limits, for each method, and how handlers run.</param>
        public NetMeshBuilder AddRpcService<TContract, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TImplementation>(ServeOptions? options = null)
            where TContract : class
            where TImplementation : class, TContract
        {
            builder.Services.TryAddSingleton<TImplementation>();
            return Register(builder, (provider, rpc) => rpc.ServeAll<TContract>(provider.GetRequiredService<TImplementation>(), options));
        }

        /// <summary>Makes a contract injectable: each call finds a node that serves it.</summary>
        /// <typeparam name="TContract">An interface with <see cref="RpcServiceAttribute"/>.</typeparam>
        /// <param name="options">How every call is made.</param>
        public NetMeshBuilder AddRpcClient<TContract>(CallOptions? options = null)
            where TContract : class
        {
            builder.Services.AddSingleton(provider => provider.GetRequiredService<MeshRpc>().CreateClient<TContract>(options));
            return builder.AddRpc();
        }
    }

    private static NetMeshBuilder Register(NetMeshBuilder builder, Func<IServiceProvider, MeshRpc, ServeHandle> serve)
    {
        builder.Services.AddSingleton(provider => new RpcHandlerRegistration(rpc => serve(provider, rpc)));
        return builder.AddRpc();
    }
}
