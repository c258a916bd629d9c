using Microsoft.Extensions.Hosting;

namespace Net.Mesh.Hosting;

/// <summary>Starts the bus before the application serves, and shuts it down after it stopped serving.</summary>
internal sealed class EventBusHostedService(EventBus bus) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => bus.StartAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Last: what other services emit while they stop is still taken.
    public Task StoppedAsync(CancellationToken cancellationToken) => bus.ShutdownAsync(cancellationToken);
}
