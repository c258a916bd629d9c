namespace Net.Mesh.Cortex;

/// <summary>What was found in a log's files.</summary>
/// <param name="Generation">The generation that lives; 0 when there is none.</param>
/// <param name="Entries">How many events are whole.</param>
/// <param name="FirstSeq">The sequence of the first; null when there is none.</param>
/// <param name="NextSeq">The sequence that the next append gets.</param>
/// <param name="PayloadBytes">The bytes of the payloads in the segment.</param>
/// <param name="Problems">What is wrong, at most 100 of each kind; empty for files that were closed in order.</param>
public sealed record RedexRecovery(uint Generation, long Entries, ulong? FirstSeq, ulong NextSeq, long PayloadBytes, IReadOnlyList<RedexProblem> Problems)
{
    /// <summary>Whether events were lost.</summary>
    public bool HasLosses => Problems.Any(static problem => problem.IsLoss);
}

/// <summary>Something wrong in a log's files.</summary>
/// <param name="Kind">What.</param>
/// <param name="Seq">The event it is about, as far as that can be told.</param>
/// <param name="Message">The problem in words.</param>
public sealed record RedexProblem(RedexProblemKind Kind, ulong? Seq, string Message)
{
    /// <summary>Whether an event is gone: all but leftovers of a process that died, and times.</summary>
    public bool IsLoss => Kind is RedexProblemKind.TornPayload or RedexProblemKind.Checksum or RedexProblemKind.Order;
}

/// <summary>What can be wrong in a log's files (spec 06 §3.4).</summary>
public enum RedexProblemKind
{
    /// <summary>The manifest is missing or does not name a generation that is there.</summary>
    Manifest,

    /// <summary>The index ends in something that is no entry: a writer died, or room that was not used.</summary>
    TornIndex,

    /// <summary>The payloads end before an entry's does; it and what follows are gone.</summary>
    TornPayload,

    /// <summary>There are payload bytes that no entry names.</summary>
    ExtraPayload,

    /// <summary>A payload is not what its checksum says; the event is gone.</summary>
    Checksum,

    /// <summary>A sequence does not follow the one before it; the event is gone.</summary>
    Order,

    /// <summary>The times are missing or too few; events are as old as this opening.</summary>
    Times,
}
