namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// The time of appends. Reading the system's clock costs half an append; its tick costs little, so while the tick stands still the
/// last reading counts again: times are right to the tick, some milliseconds. Other clocks are read each time.
/// </summary>
internal sealed class AppendClock(TimeProvider time)
{
    private readonly bool _isSystem = ReferenceEquals(time, TimeProvider.System);
    private Reading _last = new(-1, 0);

    /// <summary>Nanoseconds of Unix time; never less than before unless the clock was set back. Any thread.</summary>
    public ulong Now()
    {
        if (!_isSystem)
            return UnixNanoseconds.Now(time);
        long tick = Environment.TickCount64;
        Reading last = Volatile.Read(ref _last);
        if (last.Tick == tick)
            return last.Nanoseconds;
        var fresh = new Reading(tick, UnixNanoseconds.Now(time));
        Volatile.Write(ref _last, fresh);
        return fresh.Nanoseconds;
    }

    private sealed record Reading(long Tick, ulong Nanoseconds);
}
