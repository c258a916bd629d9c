namespace Net.Mesh.Capabilities;

/// <summary>
/// Keeps broadcasts at least an interval apart (spec 04 §7). One that comes too soon is not lost: when the interval is over it
/// is due (the trailing edge, §24), however many came meanwhile. Any number of threads may ask.
/// </summary>
public sealed class AnnounceGate
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private long? _lastSent;
    private bool _isPending;

    /// <summary>A gate that is open.</summary>
    /// <param name="interval">The least time between two broadcasts, 10 s in 0.27.2; zero lets all pass.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is negative.</exception>
    public AnnounceGate(TimeSpan interval, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(time);
        _interval = interval;
        _time = time;
    }

    /// <summary>Asks to broadcast.</summary>
    /// <param name="wait">When it is not to be now: how long until <see cref="TryTakeDue"/> lets it.</param>
    /// <returns>True: broadcast now.</returns>
    public bool TryPass(out TimeSpan wait)
    {
        lock (_lock)
        {
            wait = Remaining();
            _isPending = wait > TimeSpan.Zero;
            if (!_isPending)
                _lastSent = _time.GetTimestamp();
            return !_isPending;
        }
    }

    /// <summary>How long until a suppressed broadcast is due; null when there is none.</summary>
    public TimeSpan? DueIn
    {
        get
        {
            lock (_lock)
                return _isPending ? Remaining() : null;
        }
    }

    /// <summary>Takes the suppressed broadcast when it is due. True once: broadcast the latest now.</summary>
    public bool TryTakeDue()
    {
        lock (_lock)
        {
            if (!_isPending || Remaining() > TimeSpan.Zero)
                return false;
            _isPending = false;
            _lastSent = _time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Lets the next one pass at once, as after the own address was set by hand.</summary>
    public void Reset()
    {
        lock (_lock)
            _lastSent = null;
    }

    private TimeSpan Remaining()
    {
        if (_lastSent is not { } last)
            return TimeSpan.Zero;
        TimeSpan left = _interval - _time.GetElapsedTime(last);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
