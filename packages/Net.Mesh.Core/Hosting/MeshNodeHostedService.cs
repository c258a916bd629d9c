using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Net.Mesh.Node;

namespace Net.Mesh.Hosting;

/// <summary>Starts the node before the application serves, and lets it leave after it stopped serving. Does nothing where no node is configured.</summary>
internal sealed class MeshNodeHostedService(IServiceProvider provider, IOptions<NetMeshOptions> options) : IHostedLifecycleService
{
    private MeshNode? _node;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Node is null)
            return Task.CompletedTask;
        _node = provider.GetRequiredService<MeshNode>();
        return _node.StartAsync(provider.GetServices<IMeshFeature>(), cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Last: what other services send while they stop still leaves.
    public Task StoppedAsync(CancellationToken cancellationToken) => _node?.ShutdownAsync(cancellationToken) ?? Task.CompletedTask;
}
