namespace Net.Mesh.Bus;

/// <summary>A shard's figures over the last metrics window; the monitor closes windows, everybody else only reads.</summary>
internal sealed class ShardWindow(ShardWorker worker)
{
    private long _accepted = worker.Shard.Accepted;
    private long _contention = worker.Shard.Ring.ContentionNanoseconds;
    private long _batches = worker.Dispatcher.Counters.DispatchedBatches;
    private TimeSpan _latency = worker.Dispatcher.Counters.TotalLatency;

    public long Events { get; private set; }

    public double PushLatencyNanoseconds { get; private set; }

    public double FlushLatencyMicroseconds { get; private set; }

    public double Weight { get; private set; }

    /// <summary>Timestamp of the bus's clock; when the shard last got an event, as far as the windows tell.</summary>
    public long LastBusyAt { get; private set; } = worker.Shard.CreatedAt;

    /// <summary>Ends the window: what came since the last call is its content.</summary>
    public void Close(long now)
    {
        long accepted = worker.Shard.Accepted;
        long contention = worker.Shard.Ring.ContentionNanoseconds;
        long batches = worker.Dispatcher.Counters.DispatchedBatches;
        TimeSpan latency = worker.Dispatcher.Counters.TotalLatency;

        Events = accepted - _accepted;
        PushLatencyNanoseconds = Events == 0 ? 0 : (double)(contention - _contention) / Events;
        FlushLatencyMicroseconds = batches == _batches ? 0 : (latency - _latency).TotalMicroseconds / (batches - _batches);
        Weight = ScalingDecision.Weight(worker.Shard.FillRatio, PushLatencyNanoseconds, Events);
        if (Events > 0 || worker.Shard.Ring.Count > 0)
            LastBusyAt = now;
        (_accepted, _contention, _batches, _latency) = (accepted, contention, batches, latency);
    }
}
