namespace Net.Mesh.Capabilities;

/// <summary>
/// The versions of a node's announcements: they count up, and start from the clock, so that a restarted node is heard at once
/// (spec 04 T6). Any number of threads may draw.
/// </summary>
public sealed class AnnouncementVersions
{
    private readonly TimeProvider _time;
    private long _last;

    /// <summary>Draws from this clock.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="lastUsed">The last version of an earlier run, where it was kept; covers a clock that was set back.</param>
    public AnnouncementVersions(TimeProvider time, ulong lastUsed = 0)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _last = (long)Math.Min(lastUsed, long.MaxValue - 1);
    }

    /// <summary>The next version: the milliseconds since 1970, or one more than the last, whichever is larger.</summary>
    public ulong Next()
    {
        while (true)
        {
            long last = Volatile.Read(ref _last);
            long next = Math.Max(last + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return (ulong)next;
        }
    }
}
