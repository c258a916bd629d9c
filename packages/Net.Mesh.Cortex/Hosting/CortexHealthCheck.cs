using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Net.Mesh.Cortex.Hosting;

/// <summary>Unhealthy when a log takes no appends or could not be synced; degraded when a fold has stopped.</summary>
internal sealed class CortexHealthCheck(Redex redex, IServiceProvider provider) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<CortexAdapter> folds = provider.GetService<NetDb>()?.Folds ?? [];
        // A log that somebody closed is among the open ones no more, and its fold misses it.
        RedexFile[] files = [.. redex.OpenFiles.Union(folds.Select(static fold => fold.File))];
        var data = new Dictionary<string, object>
        {
            ["logs"] = files.Length,
            ["folds"] = folds.Count,
            ["backlog"] = folds.Sum(static fold => (double)fold.Backlog),
            ["foldErrors"] = folds.Sum(static fold => fold.FoldErrors),
        };
        string[] broken = [.. from file in files let health = file.Health where !health.IsWritable || health.FailedSyncs > 0 select $"{file.Name} ({health.LastError ?? "it takes no appends"})"];
        string[] stopped = [.. from fold in folds where fold.Stopped is not null select $"{fold.File.Name} ({fold.Stopped!.Message})"];
        HealthCheckResult result = broken.Length > 0 ? new(context.Registration.FailureStatus, "logs that fail: " + string.Join(", ", broken), data: data)
            : stopped.Length > 0 ? HealthCheckResult.Degraded("folds that have stopped: " + string.Join(", ", stopped), data: data)
            : HealthCheckResult.Healthy(data: data);
        return Task.FromResult(result);
    }
}
