using System.Diagnostics.Metrics;

namespace Net.Mesh.Node;

/// <summary>The instruments of all nodes of a process, read from their counters when they are collected.</summary>
internal sealed class NodeMetrics : IDisposable
{
    public static readonly Meter Meter = new("Net.Mesh.Core");

    private static readonly Lock RegistryGate = new();
    private static readonly List<NodeMetrics> Registry = [];

    private readonly NodeCore _core;
    private readonly KeyValuePair<string, object?> _node;

    static NodeMetrics()
    {
        Observe("netmesh.packets.received", "{packet}", "Packets opened.", core => core.Counters.PacketsReceived);
        Observe("netmesh.packets.sent", "{packet}", "Packets sealed.", core => core.Counters.PacketsSealed);
        Observe("netmesh.packets.forwarded", "{packet}", "Packets of others passed on.", core => core.Counters.PacketsForwarded);
        Observe("netmesh.handshakes.completed", "{handshake}", "Sessions that came up.", core => core.Counters.HandshakesCompleted);
        Observe("netmesh.handshakes.failed", "{handshake}", "Attempts of this node that failed.", core => core.Counters.HandshakesFailed);
        Observe("netmesh.sessions.renewed", "{session}", "Sessions that got fresh keys.", core => core.Counters.SessionsRenewed);
        Observe("netmesh.reroutes", "{reroute}", "Times that routes were moved away from a failed peer.", core => core.Counters.Reroutes);
        Meter.CreateObservableGauge("netmesh.peers", () => Measure(core => core.Peers.Count), "{peer}", "Peers that are known.");
        Meter.CreateObservableGauge("netmesh.routes", () => Measure(core => core.Routes.Count), "{route}", "Destinations with a route.");
        Meter.CreateObservableCounter("netmesh.packets.dropped", Dropped, "{packet}", "What came to nothing, by reason.");
    }

    public NodeMetrics(NodeCore core)
    {
        _core = core;
        _node = new("netmesh.node", core.Identity.NodeId.ToString());
        lock (RegistryGate)
            Registry.Add(this);
    }

    public void Dispose()
    {
        lock (RegistryGate)
            Registry.Remove(this);
    }

    private static void Observe(string name, string unit, string description, Func<NodeCore, long> read) =>
        Meter.CreateObservableCounter(name, () => Measure(read), unit, description);

    private static List<Measurement<long>> Measure(Func<NodeCore, long> read)
    {
        lock (RegistryGate)
            return [.. Registry.Select(node => new Measurement<long>(read(node._core), node._node))];
    }

    private static List<Measurement<long>> Dropped()
    {
        lock (RegistryGate)
        {
            return
            [
                .. from node in Registry
                   from reason in Enum.GetValues<DropReason>()
                   let count = node._core.Counters.DroppedFor(reason)
                   where count > 0
                   select new Measurement<long>(count, node._node, new KeyValuePair<string, object?>("reason", reason.ToString())),
            ];
        }
    }
}
