namespace Net.Mesh.Rpc.Transport;

/// <summary>
/// Many deadlines on one timer: calls come and go a hundred thousand times a second, and few of them ever time out. Adding and
/// removing is a few pointers; a tick looks at one slot. Resolution is <see cref="Tick"/>. Thread-safe.
/// </summary>
internal sealed class TimeWheel : IDisposable
{
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private const int Slots = 512;

    private readonly Lock _gate = new();
    private readonly Timed?[] _slots = new Timed?[Slots];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _ticksPerSlot;
    private long _now;
    private int _count;

    public TimeWheel(TimeProvider time)
    {
        _time = time;
        _ticksPerSlot = Math.Max(1, (long)(time.TimestampFrequency * Tick.TotalSeconds));
        _timer = time.CreateTimer(static wheel => ((TimeWheel)wheel!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Has something told when its time is over; once, unless it is removed before.</summary>
    public void Add(Timed timed, TimeSpan after)
    {
        lock (_gate)
        {
            long now = _time.GetTimestamp() / _ticksPerSlot;
            if (_count == 0)
            {
                _now = now;
                _timer.Change(Tick, Tick);
            }
            timed.DueSlot = Math.Max(_now + 1, now + 1 + (long)Math.Min(after / Tick, long.MaxValue / 4));
            ref Timed? head = ref _slots[timed.DueSlot % Slots];
            timed.Next = head;
            timed.Previous = null;
            if (head is not null)
                head.Previous = timed;
            head = timed;
            timed.IsTimed = true;
            _count++;
        }
    }

    public void Remove(Timed timed)
    {
        if (!timed.IsTimed)
            return;
        lock (_gate)
        {
            if (timed.IsTimed)
                Unlink(timed);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTick()
    {
        List<(Timed Timed, ulong Key)>? due = null;
        lock (_gate)
        {
            long now = _time.GetTimestamp() / _ticksPerSlot;
            // After a long pause every slot is looked at once, which is enough.
            for (long slot = Math.Max(_now + 1, now - Slots + 1); slot <= now; slot++)
            {
                for (Timed? timed = _slots[slot % Slots]; timed is not null;)
                {
                    Timed? next = timed.Next;
                    if (timed.DueSlot <= now)
                    {
                        Unlink(timed);
                        (due ??= []).Add((timed, timed.Key));
                    }
                    timed = next;
                }
            }
            _now = now;
            if (_count == 0)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        foreach ((Timed timed, ulong key) in due ?? [])
            timed.OnTimeOver(key);
    }

    private void Unlink(Timed timed)
    {
        if (timed.Previous is { } previous)
            previous.Next = timed.Next;
        else
            _slots[timed.DueSlot % Slots] = timed.Next;
        if (timed.Next is { } next)
            next.Previous = timed.Previous;
        timed.Next = null;
        timed.Previous = null;
        timed.IsTimed = false;
        _count--;
    }
}

/// <summary>Something with a deadline on a <see cref="TimeWheel"/>; its links are the wheel's.</summary>
internal abstract class Timed
{
    internal Timed? Next { get; set; }

    internal Timed? Previous { get; set; }

    internal long DueSlot { get; set; }

    internal bool IsTimed { get; set; }

    /// <summary>What the deadline belongs to. An object that is used again has another one by the time the old deadline is reported.</summary>
    internal ulong Key { get; set; }

    /// <summary>The time is over; on the timer's thread.</summary>
    /// <param name="key">What the deadline belonged to.</param>
    public abstract void OnTimeOver(ulong key);
}
