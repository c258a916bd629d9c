using Microsoft.Extensions.Hosting;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Hosting;

/// <summary>Keeps a placement filter in the registry of the process while the application runs.</summary>
internal sealed class PlacementFilterRegistration(string id, IPlacementFilter filter) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => PlacementFilterRegistry.Global.Register(id, filter)
        ? Task.CompletedTask
        : throw new InvalidOperationException($"There is a placement filter '{id}' in this process already. Give this one another id.");

    public Task StopAsync(CancellationToken cancellationToken)
    {
        PlacementFilterRegistry.Global.Unregister(id);
        return Task.CompletedTask;
    }
}
