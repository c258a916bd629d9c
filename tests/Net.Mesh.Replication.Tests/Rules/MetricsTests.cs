namespace Net.Mesh.Replication.Tests;

public sealed class MetricsTests
{
    [Fact]
    public void The_text_for_Prometheus_has_every_family_and_its_lines_by_channel()
    {
        var metrics = new ReplicationMetrics();
        metrics.For("b/c").AddSyncBytes(2048);
        ChannelCounters a = metrics.For("a/b");
        a.SetLeaderLag(TimeSpan.FromMilliseconds(125));
        a.CountLeaderChange();
        string text = metrics.Snapshot().PrometheusText();
        string[] lines = text.Split('\n');
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Equal(8, lines.Count(static line => line.StartsWith("# HELP ", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "# TYPE dataforts_replication_lag_seconds gauge",
                "dataforts_replication_lag_seconds{channel=\"a/b\",role=\"leader\"} 0.125",
                "# TYPE dataforts_replication_sync_bytes_total counter",
                "dataforts_replication_sync_bytes_total{channel=\"a/b\"} 0",
                "dataforts_replication_sync_bytes_total{channel=\"b/c\"} 2048",
                "# TYPE dataforts_leader_changes_total counter",
                "dataforts_leader_changes_total{channel=\"a/b\"} 1",
                "dataforts_leader_changes_total{channel=\"b/c\"} 0",
            ],
            lines.Where(static line => !line.StartsWith("# HELP ", StringComparison.Ordinal)).Take(8));
        foreach (string family in new[] { "replication_under_capacity", "replication_skip_ahead", "replication_election_thrash", "replication_witness_withdrawals", "replication_announce_divergence" })
            Assert.Contains($"dataforts_{family}_total{{channel=\"a/b\"}} 0", lines);
        Assert.Equal(16, new ReplicationMetrics().Snapshot().PrometheusText().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Labels_are_escaped()
    {
        var snapshot = new ReplicationMetricsSnapshot([new("a\\b\"c\nd\re")]);
        Assert.Contains("{channel=\"a\\\\b\\\"c\\nd\\re\"} 0", snapshot.PrometheusText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_past_the_limit_share_their_figures_and_rows_are_sorted()
    {
        var metrics = new ReplicationMetrics();
        for (int i = 0; i < 1030; i++)
            metrics.For($"c/{i:x}").AddSyncBytes(1);
        ReplicationMetricsSnapshot snapshot = metrics.Snapshot();
        Assert.Equal(1025, snapshot.Channels.Count);
        Assert.Equal(6, snapshot.Channel("__overflow__")!.SyncBytes);
        Assert.Null(snapshot.Channel("c/405"));
        Assert.Equal(1030, snapshot.Totals.SyncBytes);
        Assert.Equal(snapshot.Channels.Select(static c => c.Channel).Order(StringComparer.Ordinal), snapshot.Channels.Select(static c => c.Channel));
    }
}
