namespace Net.Mesh.Channels;

/// <summary>How often credentials are looked over (spec 03 §7).</summary>
public static class SweepInterval
{
    /// <summary>Every 30 seconds.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    // The longest that a timer of .NET takes.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    /// <summary>
    /// An interval that a timer takes (spec 03, T16): zero and less become a second, more than a timer can wait becomes what it
    /// can, and <see cref="Timeout.InfiniteTimeSpan"/> and <see cref="TimeSpan.MaxValue"/> mean never.
    /// </summary>
    /// <returns>The interval; null for never.</returns>
    public static TimeSpan? Normalize(TimeSpan interval) =>
        interval == Timeout.InfiniteTimeSpan || interval == TimeSpan.MaxValue ? null
        : interval <= TimeSpan.Zero ? Shortest
        : interval > Longest ? Longest
        : interval;
}
