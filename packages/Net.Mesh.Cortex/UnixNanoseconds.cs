namespace Net.Mesh.Cortex;

/// <summary>
/// Unix time in nanoseconds, as the logs hold it: from 1970 to the year 2554. A <see cref="DateTimeOffset"/> counts in steps of
/// 100 ns, so converting to one rounds down.
/// </summary>
public static class UnixNanoseconds
{
    private const ulong PerTick = 100;

    /// <summary>The nanoseconds of a time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is before 1970, or past the year 2554.</exception>
    public static ulong From(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        if (ticks < 0 || (ulong)ticks > ulong.MaxValue / PerTick)
            throw new ArgumentOutOfRangeException(nameof(time), time, "A log holds times from 1970 to the year 2554.");
        return (ulong)ticks * PerTick;
    }

    /// <summary>The time, in UTC.</summary>
    public static DateTimeOffset ToDateTimeOffset(ulong nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / PerTick));

    /// <summary>The nanoseconds of a time; those before 1970 count as 0.</summary>
    internal static ulong Of(DateTimeOffset time) => time <= DateTimeOffset.UnixEpoch ? 0 : (ulong)(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * PerTick;

    internal static ulong Of(TimeSpan duration) => duration <= TimeSpan.Zero ? 0 : (ulong)duration.Ticks * PerTick;

    internal static ulong Now(TimeProvider clock) => Of(clock.GetUtcNow());

    internal static DateTimeOffset ToTime(ulong nanoseconds) => ToDateTimeOffset(nanoseconds);
}
