namespace Net.Mesh.Bus;

/// <summary>Where a shard is in its life; a shard only ever moves down this list (spec 05 §5).</summary>
internal enum ShardState
{
    /// <summary>Being set up; not selectable.</summary>
    Provisioning,

    /// <summary>Takes events.</summary>
    Active,

    /// <summary>Takes no more events; its worker empties the ring.</summary>
    Draining,

    /// <summary>Empty for good.</summary>
    Stopped,
}

/// <summary>
/// One lane of the bus: a ring, its clock and its counters. Producers push from any thread; the shard's worker is the only
/// consumer.
/// </summary>
internal sealed class Shard
{
    private readonly EventRing _ring;
    private readonly Backpressure _backpressure;
    private readonly int _sampleRate;
    private long _rejected;
    private long _evicted;
    private long _overflows; // events that met a full ring under Sample, to find every N-th
    private long _wakePosition = long.MaxValue;

    public Shard(ushort id, EventBusOptions options, TimeProvider timeProvider)
    {
        Id = id;
        Clock = new(timeProvider);
        Wake = new(timeProvider);
        _ring = new(options.BufferCapacity);
        _backpressure = options.Backpressure;
        _sampleRate = options.SampleRate;
        CreatedAt = timeProvider.GetTimestamp();
    }

    public ushort Id { get; }

    public ShardClock Clock { get; }

    public WakeSignal Wake { get; }

    public EventRing Ring => _ring;

    /// <summary>Timestamp of the bus's clock.</summary>
    public long CreatedAt { get; }

    /// <summary>Whether the shard was there when the bus started; such shards need no warm-up before scaling judges them.</summary>
    public bool IsInitial { get; init; }

    public ShardState State { get; set; } = ShardState.Provisioning;

    public long Accepted => _ring.Tail;

    public long Rejected => Volatile.Read(ref _rejected);

    public long Evicted => Volatile.Read(ref _evicted);

    public double FillRatio => (double)_ring.Count / _ring.UsableCapacity;

    /// <summary>Pushes one event under the shard's back-pressure mode.</summary>
    public EmitRejection TryPush(in Payload payload, out Receipt receipt)
    {
        ulong timestamp;
        long position;
        PushOutcome outcome;
        while ((outcome = _ring.TryPush(payload, Clock, out timestamp, out position)) == PushOutcome.Full)
        {
            EmitRejection rejection = MakeRoom();
            if (rejection != EmitRejection.None)
            {
                receipt = default;
                return rejection;
            }
        }
        if (outcome == PushOutcome.Closed)
        {
            receipt = default;
            return EmitRejection.ShuttingDown;
        }
        receipt = new(Id, timestamp);
        WakeAt(position + 1);
        return EmitRejection.None;
    }

    /// <summary>Pushes one event if there is room, whatever the mode; a full ring is not counted, the caller waits.</summary>
    public EmitRejection TryPushIfRoom(in Payload payload, out Receipt receipt)
    {
        PushOutcome outcome = _ring.TryPush(payload, Clock, out ulong timestamp, out long position);
        receipt = new(Id, timestamp);
        switch (outcome)
        {
            case PushOutcome.Accepted:
                WakeAt(position + 1);
                return EmitRejection.None;
            case PushOutcome.Full:
                return EmitRejection.Backpressure;
            default:
                return EmitRejection.ShuttingDown;
        }
    }

    /// <summary>Pushes events in order under the shard's back-pressure mode.</summary>
    /// <param name="payloads">The events.</param>
    /// <param name="isClosed">Whether the shard stopped taking events before all were tried.</param>
    /// <param name="tried">How many were accepted or refused.</param>
    /// <returns>How many were accepted.</returns>
    public int PushMany(ReadOnlySpan<Payload> payloads, out int tried, out bool isClosed)
    {
        int accepted = 0;
        tried = 0;
        isClosed = false;
        while (tried < payloads.Length)
        {
            PushOutcome outcome = _ring.TryPushMany(payloads[tried..], Clock, out int run, out long position);
            accepted += run;
            tried += run;
            if (run > 0)
                WakeAt(position);
            if (outcome == PushOutcome.Closed)
            {
                isClosed = true;
                break;
            }
            if (outcome == PushOutcome.Full && MakeRoom() != EmitRejection.None)
                tried++; // this event is refused; the next one may find room
        }
        return accepted;
    }


    /// <summary>Arms the worker's alarm: it is woken when the ring's tail reaches a position.</summary>
    /// <returns>False when the tail is there already, so that the worker must not sleep.</returns>
    public bool TryArm(long position)
    {
        // The claim of a producer is a full fence between its store to the tail and its look at the alarm; this is ours.
        Interlocked.Exchange(ref _wakePosition, position);
        if (_ring.Tail < position && !_ring.IsClosed)
            return true;
        Volatile.Write(ref _wakePosition, long.MaxValue);
        return false;
    }

    private void WakeAt(long tail)
    {
        if (tail >= Volatile.Read(ref _wakePosition) && Interlocked.Exchange(ref _wakePosition, long.MaxValue) != long.MaxValue)
            Wake.Set();
    }

    // None means: room was made, or may have been, try again.
    private EmitRejection MakeRoom()
    {
        switch (_backpressure)
        {
            case Backpressure.DropOldest:
                break;
            case Backpressure.Sample:
                if (Interlocked.Increment(ref _overflows) % _sampleRate != 0)
                {
                    Interlocked.Increment(ref _rejected);
                    return EmitRejection.Sampled;
                }
                break;
            default:
                Interlocked.Increment(ref _rejected);
                return EmitRejection.Backpressure;
        }
        if (_ring.TryEvict())
            Interlocked.Increment(ref _evicted);
        return EmitRejection.None;
    }
}
