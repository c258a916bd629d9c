namespace Net.Mesh.Cortex;

/// <summary>Nanoseconds since 1970, which is how logs and models keep time.</summary>
internal static class UnixNanoseconds
{
    private const long UnixEpochTicks = 621_355_968_000_000_000;

    public static ulong Of(DateTimeOffset time) => time.UtcTicks <= UnixEpochTicks ? 0 : (ulong)(time.UtcTicks - UnixEpochTicks) * 100;

    public static ulong Now(TimeProvider clock) => Of(clock.GetUtcNow());

    /// <summary>The time to 100 ns; what lies past the year 9999 is its end.</summary>
    public static DateTimeOffset ToTime(ulong nanoseconds) =>
        new(Math.Min((long)(nanoseconds / 100) + UnixEpochTicks, DateTime.MaxValue.Ticks), TimeSpan.Zero);

    public static ulong Of(TimeSpan duration) => duration <= TimeSpan.Zero ? 0 : (ulong)duration.Ticks * 100;
}
