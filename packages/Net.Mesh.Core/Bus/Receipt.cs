namespace Net.Mesh;

/// <summary>Proof that the bus took an event.</summary>
/// <param name="ShardId">The shard it was routed to.</param>
/// <param name="Timestamp">Its insertion timestamp; equal to <see cref="StoredEvent.InsertionTimestamp"/> of the stored event.</param>
public readonly record struct Receipt(ushort ShardId, ulong Timestamp);

/// <summary>Why the bus did not take an event.</summary>
public enum EmitRejection
{
    /// <summary>It did take it.</summary>
    None,

    /// <summary>The shard's ring is full.</summary>
    Backpressure,

    /// <summary>Sampling passed the event over; retrying is pointless.</summary>
    Sampled,

    /// <summary>No shard could take the event; retry after the topology settles.</summary>
    Unrouted,

    /// <summary>The bus is shutting down, was shut down, or was never started.</summary>
    ShuttingDown,

    /// <summary>The payload is not JSON, and the adapter can only store JSON.</summary>
    NotJson,

    /// <summary>The payload is larger than the adapter can carry.</summary>
    TooLarge,
}
