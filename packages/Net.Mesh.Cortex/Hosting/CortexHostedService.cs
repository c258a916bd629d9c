using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Net.Mesh.Cortex.Hosting;

/// <summary>Opens the store and its models, and folds what is in the logs, before the application serves; closes them after it stopped serving.</summary>
internal sealed class CortexHostedService(Redex redex, IServiceProvider provider, IOptions<CortexOptions> options) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.GlobalRywInflightCap is { } cap)
            CortexAdapter.SetGlobalRywInflightCap(cap);
        if (provider.GetService<NetDb>() is { } db)
            await db.CatchUpAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Last: what other services write while they stop is still taken.
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (provider.GetService<NetDb>() is { } db)
            await db.CloseAsync().ConfigureAwait(false);
        await redex.DisposeAsync().ConfigureAwait(false);
    }
}
