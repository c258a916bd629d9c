using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Net.Mesh.Node;

namespace Net.Mesh.Hosting;

/// <summary>Healthy when the node runs, or none is configured; degraded while peers have failed.</summary>
internal sealed class MeshNodeHealthCheck(IServiceProvider provider, IOptions<NetMeshOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (options.Value.Node is null)
            return Task.FromResult(HealthCheckResult.Healthy("no mesh node is configured"));
        MeshNode node = provider.GetRequiredService<MeshNode>();
        IReadOnlyList<Peer> peers = node.Peers.All;
        int failed = peers.Count(static peer => peer.Status == NodeStatus.Failed);
        var data = new Dictionary<string, object>
        {
            ["node"] = node.NodeId.ToString(),
            ["address"] = node.LocalEndPoint.ToString(),
            ["peers"] = peers.Count,
            ["failed"] = failed,
            ["dropped"] = node.Statistics.TotalDropped,
        };
        HealthCheckResult result = !node.IsRunning ? new(context.Registration.FailureStatus, "the mesh node does not run", data: data)
            : failed > 0 ? HealthCheckResult.Degraded($"{failed} of {peers.Count} peers have failed", data: data)
            : HealthCheckResult.Healthy(data: data);
        return Task.FromResult(result);
    }
}
