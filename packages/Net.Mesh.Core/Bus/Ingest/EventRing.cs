using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Net.Mesh.Bus;

/// <summary>What became of a push.</summary>
internal enum PushOutcome
{
    Accepted,
    Full,
    Closed,
}

/// <summary>
/// A bounded lock-free queue of events: many producers, one consumer, and producers that may evict the oldest event. Holds
/// capacity − 1 events (spec 05 §3.3).
/// </summary>
/// <remarks>
/// <para>Every event has a position that only ever grows. A producer claims the position at the tail by compare-and-swap, fills
/// its slot and publishes it by storing position + 1 in the slot; a consumer claims positions at the head the same way, reads
/// the slots and frees them by storing the position that will use the slot next.</para>
/// <para>The slots live in segments. A ring starts with a small one that fits the processor's cache; when the consumer falls
/// behind by a whole segment, the segment is frozen (the sign bit of its tail) and a larger one continues with the next
/// position. An idle bus therefore costs kilobytes, and a loaded one allocates only while it grows.</para>
/// <para>Closing freezes the last segment for good: what was claimed before will be published, what comes after is refused, so
/// the drain at shutdown loses nothing and needs no counter of emits in flight (spec 05 §3.6).</para>
/// </remarks>
internal sealed class EventRing
{
    private const int FirstSegmentSize = 1024;
    private const int GrowthFactor = 4;
    private const int BurstClockEvery = 16;
    private const ulong BurstGapNanoseconds = 1_000;

    private readonly int _capacity;
    private readonly Lock _growing = new();
    private Segment _writeSegment;
    private Segment _readSegment;
    private volatile bool _isClosed;
    private PaddedPosition _head;
    private PaddedPosition _knownHead; // what producers last saw of the head; may lag, never leads
    private ProducerTime _time;

    /// <summary>Creates an empty ring.</summary>
    /// <param name="capacity">A power of two, at least <see cref="FirstSegmentSize"/>.</param>
    public EventRing(int capacity)
    {
        Debug.Assert(capacity >= FirstSegmentSize && (capacity & (capacity - 1)) == 0);
        _capacity = capacity;
        _writeSegment = _readSegment = new Segment(0, FirstSegmentSize);
    }

    /// <summary>The position the next event will get; the number of events accepted so far.</summary>
    public long Tail => Volatile.Read(ref Volatile.Read(ref _writeSegment).Tail.Value) & long.MaxValue;

    /// <summary>The position of the oldest event; the number of events taken or evicted so far.</summary>
    public long Head => Volatile.Read(ref _head.Value);

    /// <summary>Events in the ring; a snapshot.</summary>
    public int Count => (int)Math.Max(0, Tail - Head);

    public int UsableCapacity => _capacity - 1;

    public bool IsClosed => _isClosed;

    /// <summary>Total time that producers lost to each other, in timestamp units; only contended pushes pay for measuring it.</summary>
    public long ContentionNanoseconds => Volatile.Read(ref _contention);

    private long _contention;

    /// <summary>Appends an event.</summary>
    /// <param name="payload">The event's bytes.</param>
    /// <param name="clock">The shard's clock; read at every push, or at every 16th in a burst.</param>
    /// <param name="timestamp">The event's timestamp: the time, or one more than the last.</param>
    /// <param name="position">The event's position.</param>
    public PushOutcome TryPush(in Payload payload, ShardClock clock, out ulong timestamp, out long position)
    {
        SpinWait spin = default;
        bool isContended = false;
        ulong contendedSince = 0;
        while (true)
        {
            Segment segment = Volatile.Read(ref _writeSegment);
            long tail = Volatile.Read(ref segment.Tail.Value);
            if (tail < 0)
            {
                if (_isClosed)
                    break;
                spin.SpinOnce(); // another producer is about to publish the next segment
                continue;
            }
            if (tail - Volatile.Read(ref _knownHead.Value) >= UsableCapacity && IsFull(tail))
            {
                (timestamp, position) = (0, tail);
                return PushOutcome.Full;
            }
            ref Slot slot = ref segment.SlotAt(tail);
            long state = Volatile.Read(ref slot.State);
            if (state == tail)
            {
                timestamp = TimestampAt(tail, clock);
                if (Interlocked.CompareExchange(ref segment.Tail.Value, tail + 1, tail) == tail)
                {
                    slot.Fill(payload, timestamp, tail);
                    position = tail;
                    if (isContended)
                        Interlocked.Add(ref _contention, (long)(clock.Elapsed() - contendedSince));
                    return PushOutcome.Accepted;
                }
                if (!isContended)
                    (isContended, contendedSince) = (true, clock.Elapsed());
            }
            else if (state < tail && !TryGrow(segment))
            {
                spin.SpinOnce(); // the consumer has claimed the slot and is about to free it
            }
        }
        (timestamp, position) = (0, 0);
        return PushOutcome.Closed;
    }

    /// <summary>Appends as many events as fit, with consecutive timestamps, claiming them with one operation a run.</summary>
    /// <param name="payloads">The events, in order.</param>
    /// <param name="clock">The shard's clock.</param>
    /// <param name="accepted">How many were appended.</param>
    /// <param name="position">The position behind the last one appended.</param>
    public PushOutcome TryPushMany(ReadOnlySpan<Payload> payloads, ShardClock clock, out int accepted, out long position)
    {
        SpinWait spin = default;
        accepted = 0;
        position = 0;
        ulong now = clock.Elapsed();
        while (accepted < payloads.Length)
        {
            Segment segment = Volatile.Read(ref _writeSegment);
            long tail = Volatile.Read(ref segment.Tail.Value);
            if (tail < 0)
            {
                if (_isClosed)
                    return PushOutcome.Closed;
                spin.SpinOnce();
                continue;
            }
            if (tail - Volatile.Read(ref _knownHead.Value) + (payloads.Length - accepted) > UsableCapacity && IsFull(tail))
                return PushOutcome.Full;

            int room = (int)Math.Min(UsableCapacity - (tail - Volatile.Read(ref _knownHead.Value)), payloads.Length - accepted);
            int run = segment.CountFree(tail, room);
            if (run == 0)
            {
                if (Volatile.Read(ref segment.SlotAt(tail).State) < tail && !TryGrow(segment))
                    spin.SpinOnce();
                continue;
            }
            ulong timestamp = TimestampAt(tail, now);
            if (Interlocked.CompareExchange(ref segment.Tail.Value, tail + run, tail) != tail)
                continue;
            for (int i = 0; i < run; i++)
                segment.SlotAt(tail + i).Fill(payloads[accepted + i], timestamp + (ulong)i, tail + i);
            accepted += run;
            position = tail + run;
        }
        return PushOutcome.Accepted;
    }

    /// <summary>Takes the oldest events, at most as many as the batch has room for in one run. The consumer only.</summary>
    /// <param name="batch">Takes the events.</param>
    /// <param name="limit">At most this many.</param>
    /// <returns>How many were taken; 0 when the oldest event is not there yet.</returns>
    public int Pop(BatchBuffer batch, int limit)
    {
        while (true)
        {
            if (!TryClaim(Math.Min(limit, 256), out Segment segment, out long head, out int run))
                return 0;
            for (int i = 0; i < run; i++)
            {
                ref Slot slot = ref segment.SlotAt(head + i);
                batch.Add(slot.Payload, slot.Timestamp);
                slot.Free(head + i + segment.Size);
            }
            return run;
        }
    }

    /// <summary>Drops the oldest event to make room. Producers.</summary>
    /// <returns>False when the ring was empty.</returns>
    public bool TryEvict()
    {
        if (!TryClaim(1, out Segment segment, out long head, out _))
            return false;
        ref Slot slot = ref segment.SlotAt(head);
        var slab = slot.Payload.Owner as PayloadSlab;
        slot.Free(head + segment.Size);
        slab?.Release(1);
        return true;
    }

    /// <summary>Refuses further events. Everything accepted before stays to be taken. Idempotent.</summary>
    public void Close()
    {
        lock (_growing)
        {
            _isClosed = true;
            _writeSegment.Freeze();
        }
    }

    // Claims up to `limit` published events at the head.
    private bool TryClaim(int limit, out Segment segment, out long head, out int run)
    {
        while (true)
        {
            segment = Volatile.Read(ref _readSegment);
            head = Volatile.Read(ref _head.Value);
            run = segment.CountPublished(head, limit);
            if (run == 0)
            {
                if (segment.Next is not { } next || head < segment.End)
                    return false;
                Interlocked.CompareExchange(ref _readSegment, next, segment);
                continue;
            }
            if (Interlocked.CompareExchange(ref _head.Value, head + run, head) == head)
                return true;
        }
    }

    private bool IsFull(long tail)
    {
        long head = Volatile.Read(ref _head.Value);
        Volatile.Write(ref _knownHead.Value, head);
        return tail - head >= UsableCapacity;
    }

    // A timestamp is its position plus a lead that only grows, read before the position is claimed. Whoever claims the next
    // position reads the lead later, so timestamps increase strictly in the order of the ring, whoever pushes (spec 05 §3.2).
    private ulong TimestampAt(long position, ulong now)
    {
        long wanted = (long)now - position;
        long lead = Volatile.Read(ref _time.Lead);
        while (wanted > lead)
        {
            long seen = Interlocked.CompareExchange(ref _time.Lead, wanted, lead);
            lead = seen == lead ? wanted : seen;
        }
        return (ulong)(position + lead);
    }

    /// <summary>
    /// The timestamp from the clock, except in a burst: where events come less than a microsecond apart, the clock, which costs as
    /// much as the rest of a push, is read at every 16th position, and those between count on by one. The consumer ends a burst
    /// when it finds the ring empty. Producers may write the fields at the same time: at worst one looks at the clock once more.
    /// </summary>
    private ulong TimestampAt(long position, ShardClock clock)
    {
        if (_time.IsBurst && position % BurstClockEvery != 0)
            return (ulong)(position + Volatile.Read(ref _time.Lead));
        ulong now = clock.Elapsed();
        ulong gap = now - _time.ReadAt;
        _time.IsBurst = gap <= (ulong)(position - _time.ReadPosition + 1) * BurstGapNanoseconds;
        _time.ReadAt = now;
        _time.ReadPosition = position;
        return TimestampAt(position, now);
    }

    /// <summary>The next push reads the clock. The consumer.</summary>
    public void EndBurst() => _time.IsBurst = false;

    private bool TryGrow(Segment full)
    {
        if (full.Size == _capacity)
            return false;
        lock (_growing)
        {
            if (_writeSegment != full || _isClosed)
                return true; // someone else did, or the ring closed: look again
            long end = full.Freeze();
            var next = new Segment(end, (int)Math.Min(_capacity, (long)full.Size * GrowthFactor));
            full.Next = next;
            Volatile.Write(ref _writeSegment, next);
            return true;
        }
    }

    private sealed class Segment
    {
        public PaddedPosition Tail;
        private readonly Slot[] _slots;
        private readonly long _start;
        private readonly int _mask;
        private Segment? _next;

        public Segment(long start, int size)
        {
            _start = start;
            _mask = size - 1;
            _slots = new Slot[size];
            for (int i = 0; i < size; i++)
                _slots[i].State = start + i;
            Tail.Value = start;
        }

        public int Size => _mask + 1;

        /// <summary>The position behind the last one of this segment, once frozen.</summary>
        public long End { get; private set; } = long.MaxValue;

        public Segment? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref Slot SlotAt(long position) =>
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_slots), (nint)((position - _start) & _mask));

        public int CountFree(long position, int limit)
        {
            int count = 0;
            limit = Math.Min(limit, Size);
            while (count < limit && Volatile.Read(ref SlotAt(position + count).State) == position + count)
                count++;
            return count;
        }

        public int CountPublished(long position, int limit)
        {
            int count = 0;
            limit = Math.Min(limit, Size);
            while (count < limit && Volatile.Read(ref SlotAt(position + count).State) == position + count + 1)
                count++;
            return count;
        }

        public long Freeze()
        {
            long tail = Interlocked.Or(ref Tail.Value, long.MinValue) & long.MaxValue;
            End = tail;
            return tail;
        }
    }

    /// <summary>32 bytes, two to a cache line.</summary>
    private struct Slot
    {
        /// <summary>Equal to a position: free for it. Position + 1: published.</summary>
        public long State;
        public ulong Timestamp;
        private object? _owner;
        private int _offset;
        private int _length;

        public readonly Payload Payload => new(_owner!, _offset, _length);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Fill(in Payload payload, ulong timestamp, long position)
        {
            _owner = payload.Owner;
            _offset = payload.Offset;
            _length = payload.Length;
            Timestamp = timestamp;
            Volatile.Write(ref State, position + 1);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Free(long nextPosition)
        {
            _owner = null; // or the ring would keep the payload alive for a whole lap
            Volatile.Write(ref State, nextPosition);
        }
    }

    /// <summary>A counter that shares its cache line with nothing.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct PaddedPosition
    {
        [FieldOffset(64)]
        public long Value;
    }

    /// <summary>What producers know about the time; on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 160)]
    private struct ProducerTime
    {
        [FieldOffset(64)]
        public long Lead;

        [FieldOffset(72)]
        public ulong ReadAt;

        [FieldOffset(80)]
        public long ReadPosition;

        [FieldOffset(88)]
        public bool IsBurst;
    }
}
