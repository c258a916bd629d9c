namespace Net.Mesh;

/// <summary>How much the in-memory adapter keeps of each shard; the oldest events go first.</summary>
public sealed record MemoryAdapterOptions
{
    /// <summary>The newest events kept per shard, 1 or more; null means the ring capacity of the bus.</summary>
    public int? MaxEvents { get; init; }

    /// <summary>Payload bytes kept per shard, 1 or more; null means no limit in bytes. The newest event always stays.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Events older than this go, more than zero; null means no limit in age.</summary>
    public TimeSpan? MaxAge { get; init; }

    internal IEnumerable<string> Validate()
    {
        if (MaxEvents < 1)
            yield return $"Memory.MaxEvents is {MaxEvents}; use 1 or more, or leave it out";
        if (MaxBytes < 1)
            yield return $"Memory.MaxBytes is {MaxBytes}; use 1 or more, or leave it out";
        if (MaxAge <= TimeSpan.Zero)
            yield return $"Memory.MaxAge is {MaxAge}; use more than zero, or leave it out";
    }
}
