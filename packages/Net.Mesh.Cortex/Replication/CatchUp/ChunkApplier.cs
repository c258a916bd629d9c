namespace Net.Mesh.Cortex.Replication;

/// <summary>What became of a response, in the order of the checks (spec 06 §8.10).</summary>
internal enum ApplyOutcome
{
    /// <summary>Its events were appended.</summary>
    Applied,

    /// <summary>It had none.</summary>
    Empty,

    /// <summary>It begins with events that are here already.</summary>
    StaleChunk,

    /// <summary>Its first event is not the one that it says.</summary>
    FirstSeqMismatch,

    /// <summary>Its events are not in order.</summary>
    NonMonotonic,

    /// <summary>It begins after the end of this log.</summary>
    GapBeforeChunk,

    /// <summary>The application appended in the meantime.</summary>
    Moved,

    /// <summary>The log could not take them.</summary>
    Failed,
}

/// <summary>Appends a leader's events to a log, all or none.</summary>
internal static class ChunkApplier
{
    public static ApplyOutcome Apply(IReplicaLog log, in SyncResponse chunk, out RedexException? failure)
    {
        failure = null;
        ulong next = log.NextSeq;
        if (chunk.Events.Count == 0)
            return chunk.FirstSeq < next ? ApplyOutcome.StaleChunk : ApplyOutcome.Empty;
        ApplyOutcome order = CheckOrder(chunk);
        if (order != ApplyOutcome.Applied)
            return order;
        if (chunk.FirstSeq < next)
            return ApplyOutcome.StaleChunk;
        if (chunk.FirstSeq > next)
            return ApplyOutcome.GapBeforeChunk;
        try
        {
            return log.TryAppend(next, chunk.Events) ? ApplyOutcome.Applied : ApplyOutcome.Moved;
        }
        catch (RedexException e)
        {
            failure = e;
            return ApplyOutcome.Failed;
        }
    }

    /// <summary>Applied when the events begin where the response says and follow each other without a gap.</summary>
    public static ApplyOutcome CheckOrder(in SyncResponse chunk)
    {
        if (chunk.Events.Count == 0)
            return ApplyOutcome.Applied;
        if (chunk.Events[0].Seq != chunk.FirstSeq)
            return ApplyOutcome.FirstSeqMismatch;
        for (int i = 1; i < chunk.Events.Count; i++)
        {
            if (chunk.Events[i].Seq != chunk.Events[i - 1].Seq + 1)
                return ApplyOutcome.NonMonotonic;
        }
        return ApplyOutcome.Applied;
    }
}
