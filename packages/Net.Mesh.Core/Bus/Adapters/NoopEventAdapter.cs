namespace Net.Mesh.Bus;

/// <summary>Counts what it is given and keeps nothing; for benchmarks. Thread-safe.</summary>
public sealed class NoopEventAdapter : IEventAdapter
{
    private long _batches;
    private long _events;
    private volatile AdapterState _state;

    private enum AdapterState
    {
        Created,
        Ready,
        Shutdown,
    }

    /// <inheritdoc/>
    public string Name => "noop";

    /// <summary>Batches taken so far.</summary>
    public long BatchCount => Volatile.Read(ref _batches);

    /// <summary>Events taken so far.</summary>
    public long EventCount => Volatile.Read(ref _events);

    /// <summary>Sets the counters to zero.</summary>
    public void ResetCounters()
    {
        Volatile.Write(ref _batches, 0);
        Volatile.Write(ref _events, 0);
    }

    /// <inheritdoc/>
    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        if (_state == AdapterState.Created)
            _state = AdapterState.Ready;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_state != AdapterState.Ready)
            throw new AdapterException(AdapterErrorKind.Shutdown, "the no-op adapter is not running");
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _events, batch.Count);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        _state = AdapterState.Shutdown;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ShardPage.Empty);

    /// <inheritdoc/>
    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => ValueTask.FromResult<EventPosition?>(null);

    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_state == AdapterState.Ready);
}
