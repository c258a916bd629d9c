using System.Diagnostics.Metrics;
using Net.Mesh.Node;

namespace Net.Mesh.Capabilities;

/// <summary>The instruments of the capabilities of all nodes of a process, read from their counters when they are collected.</summary>
internal static class CapabilityMetrics
{
    private static readonly Lock RegistryGate = new();
    private static readonly List<(MeshCapabilities Capabilities, KeyValuePair<string, object?> Node)> Registry = [];

    /// <summary>Over how many links each accepted announcement came.</summary>
    public static readonly Histogram<int> Hops = NodeMetrics.Meter.CreateHistogram<int>("netmesh.capabilities.announcements.hops", "{hop}", "Links that an accepted announcement came over, less one.");

    static CapabilityMetrics()
    {
        Count("announcements.sent", "{announcement}", "Own announcements that went out, once for each peer.", static c => c.Statistics.Sent);
        Count("announcements.coalesced", "{announcement}", "Own announcements that waited for the interval to be over.", static c => c.Statistics.Coalesced);
        Count("announcements.oversize", "{announcement}", "Own announcements that were refused, as too large.", static c => c.Statistics.Oversize);
        Count("announcements.forwarded", "{announcement}", "Announcements of others that went on, once for each peer.", static c => c.Statistics.Forwarded);
        Count("announcements.synced", "{announcement}", "Announcements of others that went to peers that had just joined.", static c => c.Statistics.Synced);
        Count("announcements.overflowed", "{announcement}", "Announcements that found no room to wait for their check.", static c => c.Statistics.Overflowed);
        Count("index.inserted", "{node}", "Nodes that came.", static c => c.Index.Statistics.Inserted);
        Count("index.replaced", "{announcement}", "Announcements that took the place of an older one.", static c => c.Index.Statistics.Replaced);
        Count("index.expired", "{node}", "Nodes whose time was over.", static c => c.Index.Statistics.Expired);
        Count("index.evicted", "{node}", "Nodes that were taken out, as dead.", static c => c.Index.Statistics.Evicted);
        Count("index.queries", "{query}", "Queries that were answered.", static c => c.Index.Statistics.Queries);
        NodeMetrics.Meter.CreateObservableGauge("netmesh.capabilities.index.nodes", static () => Measure(static c => c.Index.Count), "{node}", "Nodes that are known.");
        NodeMetrics.Meter.CreateObservableCounter("netmesh.capabilities.announcements.received", Received, "{announcement}", "What became of the announcements that were checked, by outcome.");
        NodeMetrics.Meter.CreateObservableCounter("netmesh.capabilities.index.rejected", Rejected, "{announcement}", "Announcements that the index did not take, by reason.");
    }

    public static void Add(MeshCapabilities capabilities, NodeId node)
    {
        lock (RegistryGate)
            Registry.Add((capabilities, new("netmesh.node", node.ToString())));
    }

    public static void Remove(MeshCapabilities capabilities)
    {
        lock (RegistryGate)
            Registry.RemoveAll(entry => entry.Capabilities == capabilities);
    }

    private static void Count(string name, string unit, string description, Func<MeshCapabilities, long> read) =>
        NodeMetrics.Meter.CreateObservableCounter($"netmesh.capabilities.{name}", () => Measure(read), unit, description);

    private static List<Measurement<long>> Measure(Func<MeshCapabilities, long> read)
    {
        lock (RegistryGate)
            return [.. Registry.Select(entry => new Measurement<long>(read(entry.Capabilities), entry.Node))];
    }

    private static List<Measurement<long>> Received()
    {
        lock (RegistryGate)
        {
            return
            [
                .. from entry in Registry
                   from outcome in entry.Capabilities.Statistics.Received
                   where outcome.Value > 0
                   select new Measurement<long>(outcome.Value, entry.Node, new KeyValuePair<string, object?>("outcome", outcome.Key.ToString())),
            ];
        }
    }

    private static IEnumerable<Measurement<long>> Rejected()
    {
        lock (RegistryGate)
        {
            var rejected = new List<Measurement<long>>();
            foreach ((MeshCapabilities capabilities, KeyValuePair<string, object?> node) in Registry)
            {
                CapabilityIndexStatistics statistics = capabilities.Index.Statistics;
                rejected.Add(new(statistics.Stale, node, new KeyValuePair<string, object?>("reason", nameof(IndexOutcome.Stale))));
                rejected.Add(new(statistics.Refused, node, new KeyValuePair<string, object?>("reason", nameof(IndexOutcome.Full))));
            }
            return rejected;
        }
    }
}
