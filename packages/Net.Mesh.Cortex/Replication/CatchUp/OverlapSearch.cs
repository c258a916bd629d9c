namespace Net.Mesh.Cortex.Replication;

/// <summary>What a leader's events say about a replica's own.</summary>
internal enum Overlap
{
    /// <summary>More has to be compared.</summary>
    Open,

    /// <summary>This log is the beginning of the leader's, or goes on where it ends.</summary>
    Agrees,

    /// <summary>The logs differ from <see cref="OverlapSearch.DivergedAt"/> on.</summary>
    Diverged,
}

/// <summary>
/// Finds whether a replica's log and its leader's are the same where both have events, and from where on they differ (spec 06 T18).
/// The protocol has neither terms nor hashes, so the events themselves are compared: the last ones that both have are asked for
/// again. When they differ, the search goes back in growing steps until some are equal, and forward from there. That works with every leader.
/// </summary>
/// <remarks>Branches that end in the same 64 events, or 4 KiB of events, are taken for equal.</remarks>
internal sealed class OverlapSearch(IReplicaLog log)
{
    private const int MaxWindowEvents = 64;

    private const int MaxWindowBytes = 4096;

    private readonly List<SyncEvent> _own = [];
    private ulong? _from;
    private ulong _step;
    private bool _isForward;

    public ulong DivergedAt { get; private set; }

    public void Reset()
    {
        _from = null;
        _step = MaxWindowEvents;
        _isForward = false;
    }

    /// <summary>Where to ask the leader from; null when the logs have nothing in common to compare.</summary>
    public ulong? NextFrom(ulong leaderTail)
    {
        if (_from is { } from && from < leaderTail)
            return from;
        Reset();
        ulong meet = Math.Min(log.NextSeq, leaderTail);
        if (log.LowestRetainedSeq is not { } lowest || lowest >= meet)
            return null;
        return _from = WindowBefore(meet, lowest);
    }

    /// <summary>Compares what the leader sent; the response is one to a request from <see cref="NextFrom"/>.</summary>
    public Overlap Compare(in SyncResponse chunk, ulong since, ulong leaderTail)
    {
        ulong own = log.NextSeq;
        if (log.LowestRetainedSeq is not { } lowest || chunk.FirstSeq >= own)
            return Overlap.Agrees;
        if (FirstDifference(chunk, own, lowest) is not { } differs)
        {
            ulong end = chunk.Events[^1].Seq + 1;
            if (end >= Math.Min(own, leaderTail))
                return Overlap.Agrees;
            _from = end;
            _isForward = true;
            return Overlap.Open;
        }
        bool isFirst = differs == Math.Max(chunk.FirstSeq, lowest);
        bool isLowest = differs == 0 || differs <= lowest || chunk.FirstSeq > since;
        if (!isFirst || isLowest || _isForward)
        {
            DivergedAt = differs;
            return Overlap.Diverged;
        }
        _from = differs - lowest > _step ? differs - _step : lowest;
        _step *= 2;
        return Overlap.Open;
    }

    private ulong WindowBefore(ulong end, ulong lowest)
    {
        ulong first = end - lowest > MaxWindowEvents ? end - MaxWindowEvents : lowest;
        _own.Clear();
        log.Read(first, end, long.MaxValue, _own);
        long bytes = 0;
        ulong from = end - 1;
        for (int i = _own.Count - 1; i >= 0; i--)
        {
            bytes += _own[i].Cost;
            if (bytes > MaxWindowBytes && _own[i].Seq < end - 1)
                break;
            from = _own[i].Seq;
        }
        return from;
    }

    private ulong? FirstDifference(in SyncResponse chunk, ulong own, ulong lowest)
    {
        int index = 0;
        _own.Clear();
        foreach (SyncEvent theirs in chunk.Events)
        {
            if (theirs.Seq < lowest)
                continue;
            if (theirs.Seq >= own)
                return null;
            if (index >= _own.Count)
            {
                _own.Clear();
                index = 0;
                log.Read(theirs.Seq, own, MaxWindowBytes, _own);
            }
            // An event of ours that cannot be read differs: the leader's takes its place.
            if (index >= _own.Count || _own[index].Seq != theirs.Seq || !_own[index].Payload.Span.SequenceEqual(theirs.Payload.Span))
                return theirs.Seq;
            index++;
        }
        return null;
    }
}
