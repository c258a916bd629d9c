using System.Globalization;
using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.Primitives;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Batch targets, scaling, retries, and what else is a number (spec 05 §3.1, §4, §5, §9.6, §10).</summary>
public sealed class ControlVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "redact_url")]
    [Trait("spec", "05 T34")]
    public void Urls_are_redacted() => VectorFile.CheckRows(VectorFile.Load(File, "redact_url"), row =>
        Assert.Equal(row.Text("out"), UrlRedaction.Redact(row.Text("in"))));

    [Fact, Covers(File, "adaptive_batch")]
    public void The_batch_target_follows_the_rate()
    {
        JsonElement vectors = VectorFile.Load(File, "adaptive_batch");
        int min = vectors.Int("min"), max = vectors.Int("max"), target = vectors.Int("start");
        Assert.Equal(target, new AdaptiveBatchTarget(new() { MinSize = min, MaxSize = max }, TimeProvider.System).Current);

        int[] velocities = [.. vectors.GetProperty("velocities_events_per_s").EnumerateArray().Select(v => v.GetInt32())];
        int[] expected = [.. vectors.GetProperty("targets_after_each_recalc").EnumerateArray().Select(v => v.GetInt32())];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, velocities.Select(velocity => target = AdaptiveBatchTarget.Next(target, velocity, min, max)));
    }

    [Fact, Covers(File, "scaling_decision")]
    public void Scaling_decides_as_the_reference_does() => VectorFile.CheckRows(VectorFile.Load(File, "scaling_decision"), row =>
    {
        int change = ScalingDecision.Evaluate(row.Int("active"), row.Int("min"), row.Int("max"), row.Int("overloaded"), row.Int("underutilized"));
        string decision = change switch
        {
            0 => "none",
            > 0 => string.Create(CultureInfo.InvariantCulture, $"up:{change}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"down:{-change}"),
        };
        Assert.Equal(row.Text("decision"), decision);
    });

    [Fact, Covers(File, "shard_weight")]
    public void The_weight_of_a_shard_is_that_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "shard_weight"), row =>
        Assert.Equal(
            row.GetProperty("weight").GetDouble(),
            ScalingDecision.Weight(row.GetProperty("fill_ratio").GetDouble(), row.GetProperty("avg_push_latency_ns").GetDouble(), row.GetProperty("event_rate").GetDouble()),
            tolerance: 1e-9));

    [Fact, Covers(File, "redis_dedup_helper")]
    [Trait("spec", "05 T33")]
    public void The_dedup_helper_forgets_first_in_first_out() => VectorFile.CheckRows(VectorFile.Load(File, "redis_dedup_helper"), row =>
    {
        JsonElement requested = row.GetProperty("capacity_requested");
        RedisStreamDedup dedup = requested.ValueKind == JsonValueKind.Number ? new(requested.GetInt32())
            : requested.GetString() == "default" ? new()
            : new(int.MaxValue);
        Assert.Equal(row.Int("capacity"), dedup.Capacity);
        foreach (JsonElement step in row.GetProperty("ops").EnumerateArray())
            Assert.Equal(step[1].GetBoolean(), dedup.IsDuplicate(step[0].GetString()!));
    });

    [Fact, Covers(File, "retry_backoff_ms_base")]
    [Trait("spec", "05 T35")]
    public void The_wait_before_a_retry_grows_and_differs() => VectorFile.CheckRows(VectorFile.Load(File, "retry_backoff_ms_base"), row =>
    {
        int attempt = row.Int("attempt");
        Assert.Equal(row.Int("base"), RetryBackoff.BaseDelay(attempt).TotalMilliseconds);
        double[] waits = [.. Enumerable.Range(0, 1000).Select(seed => new RetryBackoff(seed).Delay(attempt).TotalMilliseconds)];
        Assert.All(waits, wait => Assert.InRange(wait, row.GetProperty("range")[0].GetDouble(), row.GetProperty("range")[1].GetDouble()));
        Assert.True(waits.Distinct().Count() > 900);
    });
}
