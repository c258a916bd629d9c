using System.Globalization;
using System.Text;
using Net.Mesh.Primitives;

namespace Net.Mesh.Cortex.Replication;

/// <summary>Writes a snapshot in Prometheus' text form, in the families and the order of spec 06 §8.12.</summary>
internal static class ReplicationPrometheusText
{
    private const string Lag = "dataforts_replication_lag_seconds";

    public static string Write(ReplicationMetricsSnapshot snapshot)
    {
        var text = new StringBuilder();
        PrometheusFormat.AppendFamily(text, Lag, "gauge", "How long ago the other side was heard.");
        foreach (ReplicationChannelMetrics channel in snapshot.Channels)
        {
            LagLine(text, channel.Channel, "leader", channel.LeaderLag);
            LagLine(text, channel.Channel, "replica", channel.ReplicaLag);
        }
        Counter(text, snapshot, "dataforts_replication_sync_bytes_total", "Bytes sent to replicas.", static c => c.SyncBytes);
        Counter(text, snapshot, "dataforts_leader_changes_total", "Times this node became the leader.", static c => c.LeaderChanges);
        Counter(text, snapshot, "dataforts_replication_under_capacity_total", "Times a log could not take what the leader sent.", static c => c.UnderCapacity);
        Counter(text, snapshot, "dataforts_replication_skip_ahead_total", "Times a replica left events out.", static c => c.SkipAhead);
        Counter(text, snapshot, "dataforts_replication_election_thrash_total", "Times this node stood for election.", static c => c.ElectionThrash);
        Counter(text, snapshot, "dataforts_replication_witness_withdrawals_total", "Always 0.", static c => c.WitnessWithdrawals);
        Counter(text, snapshot, "dataforts_replication_announce_divergence_total", "Times a chain tag could not be withdrawn.", static c => c.AnnounceDivergence);
        return text.ToString();
    }

    /// <summary>Seconds with up to six decimals, without trailing zeros.</summary>
    public static string Seconds(TimeSpan value) =>
        (Math.Round(value.Ticks / 10m, MidpointRounding.AwayFromZero) / 1_000_000m).ToString("0.######", CultureInfo.InvariantCulture);

    private static void LagLine(StringBuilder text, string channel, string role, TimeSpan? lag)
    {
        if (lag is { } value)
            text.Append(CultureInfo.InvariantCulture, $"{Lag}{{channel=\"{PrometheusFormat.EscapeLabel(channel)}\",role=\"{role}\"}} {Seconds(value)}\n");
    }

    private static void Counter(StringBuilder text, ReplicationMetricsSnapshot snapshot, string name, string help, Func<ReplicationChannelMetrics, long> read)
    {
        PrometheusFormat.AppendFamily(text, name, "counter", help);
        foreach (ReplicationChannelMetrics channel in snapshot.Channels)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{channel=\"{PrometheusFormat.EscapeLabel(channel.Channel)}\"}} {read(channel)}\n");
    }
}
