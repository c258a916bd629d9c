using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Net.Mesh.Bus;

/// <summary>The names under which the bus reports itself.</summary>
public static class BusDiagnostics
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Net.Mesh.Core";

    internal static readonly ActivitySource Source = new(Name);
    internal static readonly Meter Meter = new(Name);
}

/// <summary>
/// The instruments of one bus: counters read from the bus when they are collected, and histograms fed by its workers.
/// </summary>
internal sealed class BusMetrics : IDisposable
{
    private static readonly Histogram<int> BatchSize = BusDiagnostics.Meter.CreateHistogram<int>(
        "netmesh.bus.batch.size", "{event}", "Events per stored batch.");

    private static readonly Histogram<double> BatchDuration = BusDiagnostics.Meter.CreateHistogram<double>(
        "netmesh.bus.batch.duration", "s", "Time the adapter took for a stored batch.");

    private static readonly Counter<long> FailedEvents = BusDiagnostics.Meter.CreateCounter<long>(
        "netmesh.bus.events.failed", "{event}", "Events whose batch was given up, by reason.");

    private static readonly Lock RegistryLock = new();
    private static readonly List<BusMetrics> Registry = [];

    private readonly Func<BusStatistics> _statistics;
    private readonly KeyValuePair<string, object?> _adapter;

    static BusMetrics()
    {
        Observe("netmesh.bus.events.ingested", "Events the bus took.", s => s.EventsIngested);
        Observe("netmesh.bus.events.dropped", "Events refused or evicted by back-pressure.", s => s.EventsDropped);
        Observe("netmesh.bus.events.evicted", "Events evicted by back-pressure after they were taken.", s => s.EventsEvicted);
        Observe("netmesh.bus.events.unrouted", "Events that found no shard.", s => s.EventsUnrouted);
        Observe("netmesh.bus.events.dispatched", "Events the adapter stored.", s => s.EventsDispatched);
        Observe("netmesh.bus.batch.retries", "Attempts at a batch beyond the first.", s => s.BatchRetries);
        BusDiagnostics.Meter.CreateObservableGauge(
            "netmesh.bus.events.pending", () => Measure(s => s.EventsPending), "{event}", "Events waiting in the rings.");
    }

    public BusMetrics(string adapter, Func<BusStatistics> statistics)
    {
        _statistics = statistics;
        _adapter = new("netmesh.adapter", adapter);
        lock (RegistryLock)
            Registry.Add(this);
    }

    public void Dispatched(int events, TimeSpan took)
    {
        BatchSize.Record(events, _adapter);
        BatchDuration.Record(took.TotalSeconds, _adapter);
    }

    public void Failed(long events, string reason) => FailedEvents.Add(events, _adapter, new("reason", reason));

    public void Dispose()
    {
        lock (RegistryLock)
            Registry.Remove(this);
    }

    private static void Observe(string name, string description, Func<BusStatistics, long> read) =>
        BusDiagnostics.Meter.CreateObservableCounter(name, () => Measure(read), "{event}", description);

    private static List<Measurement<long>> Measure(Func<BusStatistics, long> read)
    {
        lock (RegistryLock)
            return Registry.ConvertAll(bus => new Measurement<long>(read(bus._statistics()), bus._adapter));
    }
}
