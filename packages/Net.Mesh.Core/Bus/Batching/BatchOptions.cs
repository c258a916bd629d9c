namespace Net.Mesh;

/// <summary>How a shard's events are gathered into batches for the adapter.</summary>
public sealed class BatchOptions
{
    /// <summary>The largest size that <see cref="MaxSize"/> may have.</summary>
    public const int MaxSizeLimit = 1_000_000;

    /// <summary>Smallest target of adaptive batching, in events; 1 or more. Default 1,000.</summary>
    public int MinSize { get; set; } = 1_000;

    /// <summary>Largest batch, in events; <see cref="MinSize"/> to 1,000,000. Default 10,000.</summary>
    public int MaxSize { get; set; } = 10_000;

    /// <summary>How long the first event of a batch waits at most for others. Default 10 ms.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether the target size follows the event rate between the two sizes; otherwise it is always <see cref="MaxSize"/>. Default true.</summary>
    public bool Adaptive { get; set; } = true;

    /// <summary>The window over which adaptive batching measures the event rate. Default 100 ms.</summary>
    public TimeSpan VelocityWindow { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Larger batches for sustained load: 5,000 to 50,000 events, 5 ms.</summary>
    public static BatchOptions HighThroughput() => new()
    {
        MinSize = 5_000,
        MaxSize = 50_000,
        MaxDelay = TimeSpan.FromMilliseconds(5),
        VelocityWindow = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>Small, quick batches: 100 to 1,000 events, 1 ms.</summary>
    public static BatchOptions LowLatency() => new()
    {
        MinSize = 100,
        MaxSize = 1_000,
        MaxDelay = TimeSpan.FromMilliseconds(1),
        VelocityWindow = TimeSpan.FromMilliseconds(20),
    };

    internal IEnumerable<string> Validate()
    {
        if (MinSize < 1)
            yield return $"Batch.MinSize is {MinSize}; use 1 or more";
        if (MaxSize < MinSize || MaxSize > MaxSizeLimit)
            yield return $"Batch.MaxSize is {MaxSize}; use MinSize ({MinSize}) to {MaxSizeLimit}";
        if (MaxDelay <= TimeSpan.Zero)
            yield return $"Batch.MaxDelay is {MaxDelay}; use more than zero";
        if (Adaptive && VelocityWindow <= TimeSpan.Zero)
            yield return $"Batch.VelocityWindow is {VelocityWindow}; use more than zero";
    }
}
