using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>What all dispatchers of a bus share.</summary>
internal sealed class DispatchContext
{
    public required IEventAdapter Adapter { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required ILogger Log { get; init; }

    public required BusMetrics Metrics { get; init; }

    /// <summary>Wakes subscriptions: something new can be read.</summary>
    public required Action NotifyStored { get; init; }

    public required ulong ProducerNonce { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required int Retries { get; init; }
}

/// <summary>What became of a shard's batches. Written by the shard's worker, read by anyone.</summary>
internal sealed class DispatchCounters
{
    private long _dispatchedEvents;
    private long _dispatchedBatches;
    private long _failedEvents;
    private long _retries;
    private long _latencyTicks;
    private volatile Exception? _lastFailure;

    public long DispatchedEvents => Volatile.Read(ref _dispatchedEvents);

    public long DispatchedBatches => Volatile.Read(ref _dispatchedBatches);

    public long FailedEvents => Volatile.Read(ref _failedEvents);

    public long Retries => Volatile.Read(ref _retries);

    public TimeSpan TotalLatency => new(Volatile.Read(ref _latencyTicks));

    public Exception? LastFailure => _lastFailure;

    public void AddDispatched(int events)
    {
        Volatile.Write(ref _dispatchedEvents, _dispatchedEvents + events);
        Volatile.Write(ref _dispatchedBatches, _dispatchedBatches + 1);
    }

    public void AddFailed(long events, Exception? failure)
    {
        _lastFailure = failure ?? _lastFailure;
        Volatile.Write(ref _failedEvents, _failedEvents + events);
    }

    public void AddRetry() => Volatile.Write(ref _retries, _retries + 1);

    public void AddLatency(TimeSpan took) => Volatile.Write(ref _latencyTicks, _latencyTicks + took.Ticks);
}
