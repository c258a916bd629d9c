namespace Net.Mesh;

/// <summary>Counters of an <see cref="EventBus"/> since it was built, taken at one moment.</summary>
public readonly record struct BusStatistics
{
    /// <summary>Events that the bus took.</summary>
    public long EventsIngested { get; init; }

    /// <summary>Events that were refused by back-pressure or sampling, or evicted to make room. Refusals after shutdown began are not counted.</summary>
    public long EventsDropped { get; init; }

    /// <summary>Of the dropped ones: events that were taken and later evicted by <see cref="Backpressure.DropOldest"/> or <see cref="Backpressure.Sample"/>.</summary>
    public long EventsEvicted { get; init; }

    /// <summary>Events that found no shard.</summary>
    public long EventsUnrouted { get; init; }

    /// <summary>Events that the adapter stored.</summary>
    public long EventsDispatched { get; init; }

    /// <summary>Events whose batch was given up; the log names the reason.</summary>
    public long EventsFailed { get; init; }

    /// <summary>Batches that the adapter stored.</summary>
    public long BatchesDispatched { get; init; }

    /// <summary>Attempts at a batch beyond the first.</summary>
    public long BatchRetries { get; init; }

    /// <summary>Events that wait in the rings now.</summary>
    public long EventsPending { get; init; }

    /// <summary>Whether a shutdown gave up on events it could not hand to the adapter in time.</summary>
    public bool ShutdownWasLossy { get; init; }
}
