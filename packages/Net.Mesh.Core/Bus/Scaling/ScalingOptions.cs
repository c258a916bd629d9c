namespace Net.Mesh;

/// <summary>
/// When shards are added and removed (spec 05 §2.3, §5). Scaling by itself needs the monitor: see
/// <see cref="EventBus.StartScalingMonitor"/>.
/// </summary>
public sealed class ScalingOptions
{
    /// <summary>A shard whose ring is fuller than this share is overloaded; above 0, at most 1. Default 0.7.</summary>
    public double FillRatioThreshold { get; set; } = 0.7;

    /// <summary>A shard on which a push loses more than this many nanoseconds to contention on average is overloaded. Default 5.</summary>
    public double PushLatencyThresholdNanoseconds { get; set; } = 5;

    /// <summary>A shard whose batches take the adapter longer than this many microseconds on average is overloaded. Default 1,000.</summary>
    public double FlushLatencyThresholdMicroseconds { get; set; } = 1_000;

    /// <summary>Never fewer active shards than this; 1 or more. Default 1.</summary>
    public int MinShards { get; set; } = 1;

    /// <summary>Never more active shards than this; null means the number of processors, and never less than the shards at start.</summary>
    public int? MaxShards { get; set; }

    /// <summary>The least time between two automatic decisions. Default 1 s.</summary>
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a shard must have been idle before scaling down considers it. Default 10 s.</summary>
    public TimeSpan ScaleDownDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A shard that is emptier than this share and got no event in the window is underutilised; 0 to 1. Default 0.1.</summary>
    public double UnderutilizedThreshold { get; set; } = 0.1;

    /// <summary>How often the monitor looks, and the window of its figures. Default 100 ms.</summary>
    public TimeSpan MetricsWindow { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether the monitor decides by itself; otherwise only the manual calls scale. Default true.</summary>
    public bool AutoScale { get; set; } = true;

    /// <summary>Scales early and up to twice the processors.</summary>
    public static ScalingOptions HighThroughput() => new()
    {
        FillRatioThreshold = 0.6,
        PushLatencyThresholdNanoseconds = 3,
        FlushLatencyThresholdMicroseconds = 500,
        MinShards = Math.Min(4, Environment.ProcessorCount),
        MaxShards = Math.Min(2 * Environment.ProcessorCount, EventBusOptions.MaxShards),
        Cooldown = TimeSpan.FromSeconds(0.5),
        ScaleDownDelay = TimeSpan.FromSeconds(30),
        UnderutilizedThreshold = 0.05,
        MetricsWindow = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>Scales late and seldom.</summary>
    public static ScalingOptions Conservative() => new()
    {
        FillRatioThreshold = 0.8,
        PushLatencyThresholdNanoseconds = 10,
        FlushLatencyThresholdMicroseconds = 2_000,
        Cooldown = TimeSpan.FromSeconds(5),
        ScaleDownDelay = TimeSpan.FromSeconds(60),
        UnderutilizedThreshold = 0.05,
        MetricsWindow = TimeSpan.FromMilliseconds(200),
    };

    internal IEnumerable<string> Validate()
    {
        // Comparisons are written so that NaN fails them (T23).
        if (!(FillRatioThreshold is > 0 and <= 1))
            yield return $"Scaling.FillRatioThreshold is {FillRatioThreshold}; use more than 0, at most 1";
        if (!(UnderutilizedThreshold is >= 0 and <= 1))
            yield return $"Scaling.UnderutilizedThreshold is {UnderutilizedThreshold}; use 0 to 1";
        if (!(PushLatencyThresholdNanoseconds >= 0) || double.IsInfinity(PushLatencyThresholdNanoseconds))
            yield return $"Scaling.PushLatencyThresholdNanoseconds is {PushLatencyThresholdNanoseconds}; use a finite number, 0 or more";
        if (!(FlushLatencyThresholdMicroseconds >= 0) || double.IsInfinity(FlushLatencyThresholdMicroseconds))
            yield return $"Scaling.FlushLatencyThresholdMicroseconds is {FlushLatencyThresholdMicroseconds}; use a finite number, 0 or more";
        if (MinShards < 1)
            yield return $"Scaling.MinShards is {MinShards}; use 1 or more";
        if (MaxShards is { } max && (max < MinShards || max > EventBusOptions.MaxShards))
            yield return $"Scaling.MaxShards is {max}; use MinShards ({MinShards}) to {EventBusOptions.MaxShards}";
        if (Cooldown <= TimeSpan.Zero)
            yield return $"Scaling.Cooldown is {Cooldown}; use more than zero";
        if (ScaleDownDelay <= TimeSpan.Zero)
            yield return $"Scaling.ScaleDownDelay is {ScaleDownDelay}; use more than zero";
        if (MetricsWindow <= TimeSpan.Zero)
            yield return $"Scaling.MetricsWindow is {MetricsWindow}; use more than zero";
    }
}
