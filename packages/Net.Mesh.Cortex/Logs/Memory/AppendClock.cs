namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// The time of appends. Reading the system's clock costs half an append; its tick costs little, so while the tick stands still the
/// last reading counts again: times are right to the tick, some milliseconds. Other clocks are read each time.
/// </summary>
internal sealed class AppendClock(TimeProvider time)
{
    private readonly bool _isSystem = ReferenceEquals(time, TimeProvider.System);
    private long _tick = -1;
    private ulong _nanoseconds;

    /// <summary>Nanoseconds of Unix time; never less than before unless the clock was set back. Under the log's lock.</summary>
    public ulong Now()
    {
        if (!_isSystem)
            return UnixNanoseconds.Now(time);
        long tick = Environment.TickCount64;
        if (_tick == tick)
            return _nanoseconds;
        _tick = tick;
        return _nanoseconds = UnixNanoseconds.Now(time);
    }
}
