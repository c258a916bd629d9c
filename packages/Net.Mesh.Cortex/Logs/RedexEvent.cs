namespace Net.Mesh.Cortex;

/// <summary>
/// An event of a log. The payload is the log's own memory, handed out without a copy: it never changes and stays valid, and as long as it
/// is kept the block around it (at most some megabytes) stays in memory.
/// </summary>
public readonly struct RedexEvent
{
    internal RedexEvent(RedexEntry entry, ReadOnlyMemory<byte> payload, ulong timeNs)
    {
        Entry = entry;
        Payload = payload;
        TimestampNs = timeNs;
    }

    /// <summary>The record of the index.</summary>
    public RedexEntry Entry { get; }

    /// <summary>What was appended.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The sequence: 0 for the first event of a log, and one more for each.</summary>
    public ulong Seq => Entry.Seq;

    /// <summary>When it was appended, in nanoseconds of Unix time by the clock of the writer.</summary>
    public ulong TimestampNs { get; }

    /// <summary>When it was appended, to 100 ns.</summary>
    public DateTimeOffset Timestamp => UnixNanoseconds.ToTime(TimestampNs);
}
