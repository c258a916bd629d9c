namespace Net.Mesh.Cortex;

/// <summary>
/// When a persistent log tells the disk to keep what it has written (spec 06 §3.6). Every append is in the system's page cache when
/// it returns, so it outlives the process under each policy; the policy bounds what a loss of power can take.
/// </summary>
/// <remarks><see cref="RedexFile.AppendDurableAsync"/> waits for the disk whatever the policy.</remarks>
public readonly record struct FsyncPolicy
{
    private FsyncPolicy(long everyEntries, TimeSpan period, long everyBytes)
    {
        EveryEntries = everyEntries;
        Period = period;
        EveryBytes = everyBytes;
    }

    /// <summary>Only when the log is closed or <see cref="RedexFile.SyncAsync"/> is called. The default.</summary>
    public static FsyncPolicy Never => default;

    /// <summary>After so many entries; 0 for never.</summary>
    public long EveryEntries { get; }

    /// <summary>How much time passes between two syncs; zero for no timer.</summary>
    public TimeSpan Period { get; }

    /// <summary>After so many bytes of index, payloads and times; 0 for never.</summary>
    public long EveryBytes { get; }

    internal bool NeedsWorker => EveryEntries > 0 || EveryBytes > 0 || Period > TimeSpan.Zero;

    /// <summary>After every <paramref name="entries"/> entries, off the path of appends: what a loss of power can take is one less, and what came while the disk was busy.</summary>
    /// <param name="entries">0 counts as 1.</param>
    public static FsyncPolicy EveryN(long entries)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(entries);
        return new(Math.Max(1, entries), TimeSpan.Zero, 0);
    }

    /// <summary>Once in every period in which something was written; zero turns it off.</summary>
    public static FsyncPolicy Interval(TimeSpan period) => IntervalOrBytes(period, 0);

    /// <summary>Once in every period, and as soon as so many bytes were written; zero turns either off.</summary>
    public static FsyncPolicy IntervalOrBytes(TimeSpan period, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        return new(0, period, maxBytes);
    }

    /// <summary>The policy in words: <c>never</c>, <c>every 64 entries</c>, <c>every 00:00:01 or 1048576 bytes</c>.</summary>
    public override string ToString()
    {
        if (EveryEntries > 0)
            return EveryEntries == 1 ? "every entry" : $"every {EveryEntries} entries";
        return (Period > TimeSpan.Zero, EveryBytes > 0) switch
        {
            (true, true) => $"every {Period} or {EveryBytes} bytes",
            (true, false) => $"every {Period}",
            (false, true) => $"every {EveryBytes} bytes",
            _ => "never",
        };
    }
}
