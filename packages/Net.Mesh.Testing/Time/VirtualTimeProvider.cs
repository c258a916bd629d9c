namespace Net.Mesh.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, one after the other on the
/// caller's thread: in the order of their due instants, and in the order of their creation when they are due together. While
/// one runs, the clock shows the instant it was due at. What runs on this clock alone therefore runs the same way every time.
/// </summary>
/// <remarks>
/// Reading the clock and creating, changing and disposing timers is thread-safe. The clock has one driver: moving it from two
/// threads at once, or from inside a timer, throws.
/// </remarks>
public sealed class VirtualTimeProvider : TimeProvider
{
    /// <summary>Callbacks of one instant at most; more means that timers keep re-arming themselves without time passing.</summary>
    public const int MaxCallbacksPerInstant = 1_000_000;

    private readonly Lock _lock = new();
    private readonly SortedSet<VirtualTimer> _armed = new(VirtualTimer.DueOrder);
    private long _now;
    private long _nextCreation;
    private int _isMoving;

    /// <summary>A clock that shows 2030-01-01 00:00 UTC.</summary>
    public VirtualTimeProvider()
        : this(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>A clock that shows <paramref name="start"/>.</summary>
    public VirtualTimeProvider(DateTimeOffset start)
    {
        Start = start.ToUniversalTime();
        _now = Start.Ticks;
    }

    /// <summary>What the clock showed at first, in UTC.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>How far the clock has moved.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(NowTicks - Start.Ticks);

    /// <summary>When the next timer fires; null when none is armed.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_lock)
                return _armed.Min is { } next ? new DateTimeOffset(next.Due, TimeSpan.Zero) : null;
        }
    }

    /// <summary>How many timers are armed.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock)
                return _armed.Count;
        }
    }

    /// <summary>Ticks of 100 ns: a timestamp is the UTC time in ticks.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, so that no run depends on where the machine stands.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    internal long NowTicks => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override long GetTimestamp() => NowTicks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(NowTicks, TimeSpan.Zero);

    /// <summary>
    /// Creates a timer. One that is due at once fires when the clock is moved next, also by no time at all. Its callback runs on
    /// the thread that moves the clock; what it throws comes out of <see cref="Advance"/>.
    /// </summary>
    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state, Interlocked.Increment(ref _nextCreation));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock on and fires everything that falls due on the way.</summary>
    /// <param name="by">Zero or more; zero fires what is due now.</param>
    /// <exception cref="InvalidOperationException">The clock is already being moved, or timers re-arm themselves without end.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        AdvanceTo(GetUtcNow() + by);
    }

    /// <summary>Moves the clock on to an instant and fires everything that falls due on the way.</summary>
    /// <param name="instant">Now or later.</param>
    /// <exception cref="InvalidOperationException">The clock is already being moved, or timers re-arm themselves without end.</exception>
    public void AdvanceTo(DateTimeOffset instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, GetUtcNow());
        BeginMoving();
        try
        {
            MoveTo(instant.UtcTicks, static () => false);
        }
        finally
        {
            Volatile.Write(ref _isMoving, 0);
        }
    }

    /// <summary>
    /// Moves the clock from timer to timer until a condition holds. The condition is asked before the first step and after each
    /// callback.
    /// </summary>
    /// <param name="condition">Asked on the caller's thread.</param>
    /// <param name="limit">How far the clock moves at most; it stands there when the condition never held.</param>
    /// <returns>Whether the condition held in time.</returns>
    /// <exception cref="InvalidOperationException">The clock is already being moved, or timers re-arm themselves without end.</exception>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        BeginMoving();
        try
        {
            return condition() || MoveTo(NowTicks + limit.Ticks, condition);
        }
        finally
        {
            Volatile.Write(ref _isMoving, 0);
        }
    }

    /// <summary>The time and how many timers wait, for a message.</summary>
    public override string ToString() => $"virtual clock at +{Elapsed} ({ArmedTimers} timers armed)";

    internal void Arm(VirtualTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _armed.Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan || timer.IsDisposed)
                return;
            timer.Due = NowTicks + dueTime.Ticks;
            _armed.Add(timer);
        }
    }

    internal void Disarm(VirtualTimer timer)
    {
        lock (_lock)
        {
            timer.IsDisposed = true;
            _armed.Remove(timer);
        }
    }

    private void BeginMoving()
    {
        if (Interlocked.Exchange(ref _isMoving, 1) != 0)
            throw new InvalidOperationException("The virtual clock is already being moved; it has one driver, and no timer may move it.");
    }

    private bool MoveTo(long target, Func<bool> condition)
    {
        int callbacksOfInstant = 0;
        while (TakeNext(target, out bool timePassed) is { } timer)
        {
            callbacksOfInstant = timePassed ? 1 : callbacksOfInstant + 1;
            if (callbacksOfInstant > MaxCallbacksPerInstant)
                throw new InvalidOperationException($"More than {MaxCallbacksPerInstant} timer callbacks ran at +{Elapsed} without time passing; a timer re-arms itself with no delay.");
            timer.Fire();
            if (condition())
                return true;
        }
        Volatile.Write(ref _now, target);
        return false;
    }

    /// <summary>Removes the next timer that is due by the target, sets the clock to its instant and re-arms a periodic one.</summary>
    private VirtualTimer? TakeNext(long target, out bool timePassed)
    {
        lock (_lock)
        {
            timePassed = false;
            if (_armed.Min is not { } timer || timer.Due > target)
                return null;
            _armed.Remove(timer);
            timePassed = timer.Due > _now;
            if (timePassed)
                Volatile.Write(ref _now, timer.Due);
            if (timer.Period > TimeSpan.Zero)
            {
                timer.Due = _now + timer.Period.Ticks;
                _armed.Add(timer);
            }
            return timer;
        }
    }
}
