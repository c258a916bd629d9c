namespace Net.Mesh.Bus;

/// <summary>
/// How far a batch has come: it is packed as the window allows, and done when the peer acknowledged its last packet. Outlives an
/// attempt that ran out of time, so that the bus's next attempt at the same batch goes on instead of sending it twice. Guarded by
/// the link's lock.
/// </summary>
internal sealed class PendingBatch(EventBatch batch)
{
    private readonly ulong _producerNonce = batch.ProducerNonce;
    private readonly ulong _sequenceStart = batch.SequenceStart;
    private readonly int _count = batch.Count;
    private ReadOnlyMemory<BatchEvent> _events = batch.Events;
    private int _next;

    /// <summary>Completed when the batch is done; null while nobody waits, and then the payloads must not be read.</summary>
    public TaskCompletionSource? Waiter { get; private set; }

    /// <summary>Ends with the attempt.</summary>
    public CancellationTokenRegistration Cancellation { get; set; }

    /// <summary>Packets that the peer has not acknowledged.</summary>
    public int Unacknowledged { get; set; }

    public bool IsPacked => _next == _count;

    public bool IsDone => IsPacked && Unacknowledged == 0;

    /// <summary>The events that are not packed yet; empty while nobody waits.</summary>
    public ReadOnlySpan<BatchEvent> Rest => Waiter is null ? [] : _events.Span[_next..];

    public bool IsSame(EventBatch other) =>
        other.MayBeStored && other.ProducerNonce == _producerNonce && other.SequenceStart == _sequenceStart && other.Count == _count;

    /// <summary>Begins an attempt: the payloads of its batch may be read until <see cref="Abandon"/> or the end.</summary>
    public TaskCompletionSource Attempt(EventBatch batch)
    {
        _events = batch.Events;
        // The waiter is the bus's worker: it must not run on the thread that receives.
        return Waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Advance(int events) => _next += events;

    /// <summary>The attempt ended without success.</summary>
    public TaskCompletionSource? Abandon()
    {
        TaskCompletionSource? waiter = Waiter;
        Waiter = null;
        _events = default;
        Cancellation.Unregister();
        Cancellation = default;
        return waiter;
    }

    /// <summary>Tells the waiter when the batch is done.</summary>
    public void CompleteIfDone()
    {
        if (IsDone)
            Abandon()?.TrySetResult();
    }
}
