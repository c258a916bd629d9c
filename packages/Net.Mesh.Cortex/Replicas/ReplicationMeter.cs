using System.Diagnostics.Metrics;
using Net.Mesh.Cortex.Folding;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>The instruments of the replication of all stores of a process, read when they are collected, under the names of spec 06 §8.12.</summary>
internal static class ReplicationMeter
{
    private static readonly Lock Gate = new();
    private static readonly List<(ReplicationMetrics Metrics, KeyValuePair<string, object?> Node)> Registry = [];

    static ReplicationMeter()
    {
        CortexMeter.Meter.CreateObservableGauge("dataforts_replication_lag_seconds", Lags, "s", "How long ago the other side was heard.");
        Count("dataforts_replication_sync_bytes_total", "By", "Bytes sent to replicas.", static channel => channel.SyncBytes);
        Count("dataforts_leader_changes_total", "{change}", "Times this node became the leader.", static channel => channel.LeaderChanges);
        Count("dataforts_replication_under_capacity_total", "{time}", "Times a log could not take what the leader sent.", static channel => channel.UnderCapacity);
        Count("dataforts_replication_skip_ahead_total", "{time}", "Times a replica left events out.", static channel => channel.SkipAhead);
        Count("dataforts_replication_election_thrash_total", "{election}", "Times this node stood for election.", static channel => channel.ElectionThrash);
        Count("dataforts_replication_witness_withdrawals_total", "{time}", "Always 0.", static channel => channel.WitnessWithdrawals);
        Count("dataforts_replication_announce_divergence_total", "{time}", "Times a chain tag could not be withdrawn.", static channel => channel.AnnounceDivergence);
        Count("netmesh.redex.replication.divergences", "{time}", "Times this node's log gave way to its leader's.", static channel => channel.Divergences);
        Count("netmesh.redex.replication.divergent_events", "{event}", "Events that gave way.", static channel => channel.DivergentEvents);
        Count("netmesh.redex.replication.dropped", "{message}", "Messages that were dropped.", static channel => channel.DroppedMessages);
    }

    public static void Add(ReplicationMetrics metrics, NodeId node)
    {
        lock (Gate)
            Registry.Add((metrics, new("netmesh.node", node.ToString())));
    }

    public static void Remove(ReplicationMetrics metrics)
    {
        lock (Gate)
            Registry.RemoveAll(entry => entry.Metrics == metrics);
    }

    private static void Count(string name, string unit, string description, Func<ReplicationChannelMetrics, long> read) =>
        CortexMeter.Meter.CreateObservableCounter(name, () => PerChannel(read), unit, description);

    private static List<Measurement<long>> PerChannel(Func<ReplicationChannelMetrics, long> read) =>
    [
        .. from store in Stores()
           from channel in store.Metrics.Snapshot().Channels
           select new Measurement<long>(read(channel), store.Node, new KeyValuePair<string, object?>("channel", channel.Channel)),
    ];

    private static List<Measurement<double>> Lags() =>
    [
        .. from store in Stores()
           from channel in store.Metrics.Snapshot().Channels
           from lag in new (string Role, TimeSpan? Value)[] { ("leader", channel.LeaderLag), ("replica", channel.ReplicaLag) }
           where lag.Value is not null
           select new Measurement<double>(
               lag.Value!.Value.TotalSeconds, store.Node, new KeyValuePair<string, object?>("channel", channel.Channel), new KeyValuePair<string, object?>("role", lag.Role)),
    ];

    private static (ReplicationMetrics Metrics, KeyValuePair<string, object?> Node)[] Stores()
    {
        lock (Gate)
            return [.. Registry];
    }
}
