using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Node;

namespace Net.Mesh.Hosting;

/// <summary>Starts the node before the application serves, and lets it leave after it stopped serving. Does nothing where no node is configured.</summary>
internal sealed class MeshNodeHostedService(IServiceProvider provider, IOptions<NetMeshOptions> options) : IHostedLifecycleService
{
    private MeshNode? _node;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Node is null)
            return;
        _node = provider.GetRequiredService<MeshNode>();
        await _node.StartAsync([.. Configured(options.Value), .. provider.GetServices<IMeshFeature>()], cancellationToken).ConfigureAwait(false);
        foreach (ChannelConfig channel in provider.GetServices<ChannelConfig>())
            _node.Channels.Register(channel);
        if (provider.GetService<CapabilitySet>() is { } announced)
            await _node.Capabilities.AnnounceAsync(announced, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Those that others look for come first.
    private static IEnumerable<IMeshFeature> Configured(NetMeshOptions options)
    {
        if (options.Subnets is { } subnets)
            yield return subnets.Create();
        if (options.Capabilities is { } capabilities)
            yield return new MeshCapabilities(capabilities);
        if (options.Channels is { } channels)
            yield return new MeshChannels(channels);
    }

    // Last: what other services send while they stop still leaves.
    public Task StoppedAsync(CancellationToken cancellationToken) => _node?.ShutdownAsync(cancellationToken) ?? Task.CompletedTask;
}
