using System.Diagnostics.Metrics;

namespace Net.Mesh.Cortex.Folding;

/// <summary>The instruments of the folds of a process, read when they are collected.</summary>
internal static class CortexMeter
{
    public static readonly Meter Meter = new("Net.Mesh.Cortex");

    private static readonly Lock Gate = new();
    private static readonly List<CortexAdapter> Open = [];

    static CortexMeter()
    {
        Count("netmesh.cortex.fold.errors", "{event}", "Events that were skipped, or that stopped a fold.", static adapter => adapter.FoldErrors);
        Count("netmesh.cortex.ryw.waits", "{wait}", "Waits for tokens that began.", static adapter => adapter.RywMetrics.WaitsTotal);
        Count("netmesh.cortex.ryw.timeouts", "{wait}", "Waits for tokens whose time was up.", static adapter => adapter.RywMetrics.TimeoutsTotal);
        Count("netmesh.cortex.ryw.queue_full", "{wait}", "Waits for tokens that were turned away because too many wait.", static adapter => adapter.RywMetrics.QueueFullTotal);
        Count("netmesh.cortex.ryw.wrong_origin", "{wait}", "Waits for tokens of another origin.", static adapter => adapter.RywMetrics.WrongOriginTotal);
        Meter.CreateObservableCounter("netmesh.cortex.ryw.wait.duration", () => Measure(static adapter => adapter.RywMetrics.WaitDurationNanosSum / 1e9), "s", "How long waits for tokens took in all.");
        Meter.CreateObservableGauge("netmesh.cortex.fold.backlog", () => Measure(static adapter => (long)Math.Min(adapter.Backlog, long.MaxValue)), "{event}", "Events of the log that are not folded yet.");
        Meter.CreateObservableGauge("netmesh.cortex.fold.running", () => Measure(static adapter => adapter.IsRunning ? 1 : 0), "{fold}", "Whether the fold runs.");
        Meter.CreateObservableGauge("netmesh.cortex.log.events", () => Measure(static adapter => adapter.File.Count), "{event}", "Events that the log holds.");
        Meter.CreateObservableCounter("netmesh.cortex.log.failed_appends", () => Measure(static adapter => adapter.File.Health.FailedAppends), "{append}", "Appends that the disk refused.");
        Meter.CreateObservableCounter("netmesh.cortex.log.failed_syncs", () => Measure(static adapter => adapter.File.Health.FailedSyncs), "{sync}", "Syncs that failed.");
    }

    public static void Add(CortexAdapter adapter)
    {
        lock (Gate)
            Open.Add(adapter);
    }

    public static void Remove(CortexAdapter adapter)
    {
        lock (Gate)
            Open.Remove(adapter);
    }

    private static void Count(string name, string unit, string description, Func<CortexAdapter, long> read) =>
        Meter.CreateObservableCounter(name, () => Measure(read), unit, description);

    private static List<Measurement<T>> Measure<T>(Func<CortexAdapter, T> read)
        where T : struct
    {
        CortexAdapter[] open;
        lock (Gate)
            open = [.. Open];
        return [.. open.Select(adapter => new Measurement<T>(read(adapter), new KeyValuePair<string, object?>("channel", adapter.File.Name.ToString())))];
    }
}
