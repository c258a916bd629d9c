namespace Net.Mesh;

/// <summary>How one shard is doing. Reading it changes nothing. Window figures cover the last window that the scaling monitor closed.</summary>
public readonly record struct ShardMetrics
{
    /// <summary>The shard.</summary>
    public ushort ShardId { get; init; }

    /// <summary>How full the ring is, 0 to 1.</summary>
    public double FillRatio { get; init; }

    /// <summary>Events that wait in the ring.</summary>
    public long EventsPending { get; init; }

    /// <summary>Events accepted since the shard was created.</summary>
    public long EventsIngested { get; init; }

    /// <summary>Events refused or evicted since the shard was created.</summary>
    public long EventsDropped { get; init; }

    /// <summary>Batches stored since the shard was created.</summary>
    public long BatchesDispatched { get; init; }

    /// <summary>Events accepted in the window.</summary>
    public long EventsInWindow { get; init; }

    /// <summary>Nanoseconds a push lost to contention on average in the window.</summary>
    public double AveragePushLatencyNanoseconds { get; init; }

    /// <summary>Microseconds the adapter took for a batch on average in the window.</summary>
    public double AverageFlushLatencyMicroseconds { get; init; }

    /// <summary>Whether the shard is being emptied before it goes.</summary>
    public bool IsDraining { get; init; }

    /// <summary>How loaded the shard is; events prefer the lightest.</summary>
    public double Weight { get; init; }
}
