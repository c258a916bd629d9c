using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Net.Mesh.Hosting;

/// <summary>Healthy when the bus runs and its adapter answers; degraded when events were lost.</summary>
internal sealed class EventBusHealthCheck(EventBus bus) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        BusStatistics statistics = bus.Statistics;
        var data = new Dictionary<string, object>
        {
            ["adapter"] = bus.AdapterName,
            ["shards"] = bus.ShardCount,
            ["ingested"] = statistics.EventsIngested,
            ["dispatched"] = statistics.EventsDispatched,
            ["dropped"] = statistics.EventsDropped,
            ["failed"] = statistics.EventsFailed,
            ["pending"] = statistics.EventsPending,
        };
        if (!bus.IsRunning)
            return new(context.Registration.FailureStatus, "the event bus does not run", data: data);
        if (!await bus.IsHealthyAsync(cancellationToken).ConfigureAwait(false))
            return new(context.Registration.FailureStatus, $"the {bus.AdapterName} adapter does not answer", data: data);
        return statistics.EventsFailed > 0
            ? HealthCheckResult.Degraded($"{statistics.EventsFailed} events could not be stored since the start", data: data)
            : HealthCheckResult.Healthy(data: data);
    }
}
