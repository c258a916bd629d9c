namespace Net.Mesh.Bus;

/// <summary>
/// Events of one shard, in order, that an adapter persists together. Immutable for the adapter; the payloads are valid only
/// until <see cref="IEventAdapter.WriteBatchAsync"/> completes.
/// </summary>
public sealed class EventBatch
{
    /// <summary>Creates a batch.</summary>
    /// <param name="shardId">The shard of the batch.</param>
    /// <param name="sequenceStart">The shard's sequence number of the first event.</param>
    /// <param name="producerNonce">The producer's nonce; 0 is replaced by 1 (spec 05 §1.1).</param>
    /// <param name="events">The events, in order.</param>
    /// <param name="attempt">0 for the first attempt, then 1, 2, …</param>
    /// <param name="isReplay">Whether an earlier process may have sent this batch already.</param>
    public EventBatch(
        ushort shardId, ulong sequenceStart, ulong producerNonce, ReadOnlyMemory<BatchEvent> events, int attempt = 0, bool isReplay = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(attempt);
        ShardId = shardId;
        SequenceStart = sequenceStart;
        ProducerNonce = producerNonce == 0 ? 1 : producerNonce;
        Events = events;
        Attempt = attempt;
        IsReplay = isReplay;
    }

    /// <summary>The shard of the batch: it names the stream and stands in every dedup id.</summary>
    public ushort ShardId { get; }

    /// <summary>The shard's sequence number of the first event.</summary>
    public ulong SequenceStart { get; }

    /// <summary>The producer's nonce, never 0.</summary>
    public ulong ProducerNonce { get; }

    /// <summary>The events, in order.</summary>
    public ReadOnlyMemory<BatchEvent> Events { get; }

    /// <summary>How many attempts were made before this one.</summary>
    public int Attempt { get; }

    /// <summary>Whether an earlier process may have sent this batch already: it was found in the producer journal after a crash.</summary>
    public bool IsReplay { get; }

    /// <summary>Whether some of the batch may already be in the backend.</summary>
    public bool MayBeStored => Attempt > 0 || IsReplay;

    /// <summary>The number of events.</summary>
    public int Count => Events.Length;

    /// <summary>The dedup id of an event: <c>nonce:shard:sequence_start:index</c> (spec 05 §8.3).</summary>
    /// <param name="index">The event's index in the batch.</param>
    public DedupId GetDedupId(int index) => new(ProducerNonce, ShardId, SequenceStart, index);
}

/// <summary>One event of a batch.</summary>
/// <param name="Payload">The stored bytes; usually JSON.</param>
/// <param name="Timestamp">Insertion timestamp: nanoseconds since the shard was created, strictly increasing in a shard.</param>
/// <param name="ShardId">The shard the event was routed to; the bus keeps it equal to the batch's.</param>
public readonly record struct BatchEvent(ReadOnlyMemory<byte> Payload, ulong Timestamp, ushort ShardId);
