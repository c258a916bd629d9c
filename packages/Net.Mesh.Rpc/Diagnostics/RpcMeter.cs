using System.Diagnostics.Metrics;

namespace Net.Mesh.Rpc;

/// <summary>The instruments of the calls of all nodes of a process: counters are read when they are collected, durations recorded as they come.</summary>
internal static class RpcMeter
{
    public static readonly Meter Meter = new("Net.Mesh.Rpc");

    public static readonly Histogram<double> CallDuration = Meter.CreateHistogram<double>("netmesh.rpc.call.duration", "s", "How long unary calls took.");

    public static readonly Histogram<double> HandlerDuration = Meter.CreateHistogram<double>("netmesh.rpc.handler.duration", "s", "How long handlers took.");

    private static readonly Lock Gate = new();
    private static readonly List<RpcMetrics> Registry = [];

    static RpcMeter()
    {
        Count("netmesh.rpc.calls", "{call}", "Unary calls that are over.", static service => service.CallsTotal);
        Count("netmesh.rpc.handlers", "{call}", "Handlers that began.", static service => service.HandlerInvocationsTotal);
        Count("netmesh.rpc.handler.failures", "{call}", "Handlers that failed unexpectedly.", static service => service.HandlerPanicsTotal);
        Count("netmesh.rpc.stream.items", "{item}", "Items of streams that were sent.", static service => service.StreamingChunksEmittedTotal);
        Count("netmesh.rpc.capability.denied", "{call}", "Calls that the allow-lists refused.", static service => service.CapabilityDeniedTotal);
        Meter.CreateObservableUpDownCounter("netmesh.rpc.calls.active", () => PerService(static service => Math.Max(0, service.InFlight)), "{call}", "Unary calls that are open.");
        Meter.CreateObservableUpDownCounter("netmesh.rpc.handlers.active", () => PerService(static service => Math.Max(0, service.HandlerInFlight)), "{call}", "Handlers that run.");
        Meter.CreateObservableCounter("netmesh.rpc.errors", Errors, "{call}", "Unary calls that failed, by kind.");
        Meter.CreateObservableCounter("netmesh.rpc.dropped", Dropped, "{event}", "Events of calls that came to nothing, by reason.");
        Meter.CreateObservableCounter("netmesh.rpc.observer.dropped", ObserverDropped, "{event}", "Events that the observer was too slow for.");
    }

    public static void Add(RpcMetrics metrics)
    {
        lock (Gate)
            Registry.Add(metrics);
    }

    public static void Remove(RpcMetrics metrics)
    {
        lock (Gate)
            Registry.Remove(metrics);
    }

    private static void Count(string name, string unit, string description, Func<RpcServiceMetrics, long> read) =>
        Meter.CreateObservableCounter(name, () => PerService(read), unit, description);

    private static List<Measurement<long>> PerService(Func<RpcServiceMetrics, long> read) =>
    [
        .. from metrics in Nodes()
           from service in metrics.Snapshot().Services
           select new Measurement<long>(read(service), metrics.NodeTag, ServiceTag(service)),
    ];

    private static List<Measurement<long>> Errors() =>
    [
        .. from metrics in Nodes()
           from service in metrics.Snapshot().Services
           from error in new (string Kind, long Count)[] { ("no_route", service.ErrorsNoRoute), ("timeout", service.ErrorsTimeout), ("server", service.ErrorsServer), ("transport", service.ErrorsTransport) }
           where error.Count > 0
           select new Measurement<long>(error.Count, metrics.NodeTag, ServiceTag(service), new KeyValuePair<string, object?>("kind", error.Kind)),
    ];

    private static List<Measurement<long>> Dropped() =>
    [
        .. from metrics in Nodes()
           from reason in Enum.GetValues<RpcDrop>()
           let count = metrics.DroppedFor(reason)
           where count > 0
           select new Measurement<long>(count, metrics.NodeTag, new KeyValuePair<string, object?>("reason", reason.ToString())),
    ];

    private static List<Measurement<long>> ObserverDropped() => [.. Nodes().Select(static metrics => new Measurement<long>(metrics.Observer.Dropped, metrics.NodeTag))];

    private static KeyValuePair<string, object?> ServiceTag(RpcServiceMetrics service) => new("rpc.service", service.Service);

    private static RpcMetrics[] Nodes()
    {
        lock (Gate)
            return [.. Registry];
    }
}
