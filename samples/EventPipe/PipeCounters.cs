namespace EventPipe;

/// <summary>What the producer and the consumer have done so far. Each counter has one writer; any thread may read.</summary>
internal sealed class PipeCounters
{
    private long _emitted;
    private long _consumed;
    private long _rejected;
    private long _unreadable;

    public long Emitted => Volatile.Read(ref _emitted);

    public long Consumed => Volatile.Read(ref _consumed);

    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Events on the bus that are no access entries; another program wrote them under the same prefix.</summary>
    public long Unreadable => Volatile.Read(ref _unreadable);

    /// <summary>Events that were emitted and not yet consumed.</summary>
    public long Lag => Math.Max(0, Emitted - Consumed - Unreadable);

    public void CountEmitted() => Interlocked.Increment(ref _emitted);

    public void CountConsumed() => Interlocked.Increment(ref _consumed);

    public void CountRejected() => Interlocked.Increment(ref _rejected);

    /// <summary>Takes over what a consumer in another process has counted.</summary>
    public void ReportConsumed(long count) => Volatile.Write(ref _consumed, count);

    public void CountUnreadable() => Interlocked.Increment(ref _unreadable);
}
