using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

/// <summary>How a log behaves; those of the first open count for as long as it is open.</summary>
public sealed record RedexFileOptions
{
    /// <summary>Whether every append is written to disk as well. The store needs <see cref="RedexOptions.PersistentDirectory"/>. Default: no.</summary>
    public bool Persistent { get; init; }

    /// <summary>When the disk is told to keep what was written. Default: <see cref="FsyncPolicy.Never"/>, which is at close and on <see cref="RedexFile.SyncAsync"/>.</summary>
    public FsyncPolicy FsyncPolicy { get; init; }

    /// <summary>Entries for which memory is taken at open, so that appending them allocates nothing. Default: 0; memory grows with the log.</summary>
    public int ReservedEntries { get; init; }

    /// <summary>Bytes of payloads for which memory is taken at open. Default: 0; memory grows with the log.</summary>
    public int ReservedBytes { get; init; }

    /// <summary>How many events stay; the oldest go. Default: all.</summary>
    public long? RetentionMaxEvents { get; init; }

    /// <summary>How many bytes stay, 20 for each event and its payload unless that is inline. Default: all.</summary>
    public long? RetentionMaxBytes { get; init; }

    /// <summary>How old events may grow. Default: any age.</summary>
    public TimeSpan? RetentionMaxAge { get; init; }

    /// <summary>How many events a bounded tail may be behind before it is cut off; 0 counts as 1. Default: 1024.</summary>
    public int TailBufferSize { get; init; } = 1024;

    /// <summary>How the log is replicated, after <see cref="Redex.EnableReplication"/>. Default: not at all. An open log is only opened again with equal ones.</summary>
    public ReplicationOptions? Replication { get; init; }

    internal RetentionRule Retention => new(RetentionMaxEvents, RetentionMaxBytes, RetentionMaxAge);

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Require(ReservedEntries >= 0, nameof(ReservedEntries), ReservedEntries);
        Require(ReservedBytes >= 0, nameof(ReservedBytes), ReservedBytes);
        Require(RetentionMaxEvents is null or >= 0, nameof(RetentionMaxEvents), RetentionMaxEvents);
        Require(RetentionMaxBytes is null or >= 0, nameof(RetentionMaxBytes), RetentionMaxBytes);
        Require(RetentionMaxAge is null || RetentionMaxAge >= TimeSpan.Zero, nameof(RetentionMaxAge), RetentionMaxAge);
        Require(TailBufferSize >= 0, nameof(TailBufferSize), TailBufferSize);
        return problems;

        void Require(bool isRight, string name, object? value)
        {
            if (!isRight)
                problems.Add($"{name} is {value}; it has to be 0 or more.");
        }
    }
}
