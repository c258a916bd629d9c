using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Folding;

/// <summary>What a cursor found.</summary>
internal enum CursorRead
{
    /// <summary>Everything was read.</summary>
    Nothing,

    /// <summary>An event.</summary>
    Event,

    /// <summary>Events that are there no more, or whose payload is not what its checksum says: nobody will ever read them.</summary>
    Damaged,

    /// <summary>Events that the log dropped before they were read.</summary>
    Dropped,

    /// <summary>The log was rewound: what was read from here on is there no more.</summary>
    Rewound,

    /// <summary>The log gave out the last sequence there is.</summary>
    Exhausted,
}

/// <summary>A place in a log that moves on as it is read. It is no queue: what it has not read lies in the log. Of one thread at a time.</summary>
internal sealed class LogCursor(RedexFile file, ulong start)
{
    private Block? _block;
    private ulong _next = start;
    private int _rewinds = file.Rewinds;
    private int _rewindsFound;

    /// <summary>The next sequence to be read.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>Whether there is something to be read. Any thread.</summary>
    public bool HasMore => file.Log.Next != Next || IsStale;

    /// <summary>Whether the log was rewound since: what was read may be there no more. Any thread.</summary>
    public bool IsStale => file.Rewinds != Volatile.Read(ref _rewinds);

    /// <summary>Reads on. What is not an event is told with where it began; it reaches to <see cref="Next"/>.</summary>
    public CursorRead Read(out RedexEvent read, out ulong from)
    {
        read = default;
        if (IsStale && IsRewound(out from))
            return CursorRead.Rewound;
        from = _next;
        MemoryLog log = file.Log;
        ulong end = log.Next;
        if (end <= from)
            return end == from || IsBeingRewound(from) ? CursorRead.Nothing : CursorRead.Exhausted;
        ulong first = log.First;
        if (from < first)
            return Move(first, CursorRead.Dropped);
        Block? block = _block;
        ulong index = block is null || from < block.FirstSeq ? ulong.MaxValue : from - block.FirstSeq;
        if (block is null || index >= (uint)block.Count)
        {
            LogView view = file.TakeView();
            if (from < view.First)
                return Move(view.First, CursorRead.Dropped);
            if (!view.TryLocate(from, out block, out int found))
                return Move(view.Next, CursorRead.Damaged);
            _block = block;
            if (block.FirstSeq + (uint)found != from)
                return Move(block.FirstSeq + (uint)found, CursorRead.Damaged);
            index = (uint)found;
        }
        bool isWhole = block.TryRead((int)index, out read);
        Move(from + 1, CursorRead.Event);
        if (isWhole)
            return CursorRead.Event;
        file.OnCorrupt(from);
        read = default;
        return CursorRead.Damaged;
    }

    /// <summary>Begins again elsewhere, after a rewind.</summary>
    public void Restart(ulong next)
    {
        Volatile.Write(ref _next, next);
        Volatile.Write(ref _rewinds, _rewindsFound);
    }

    // The end goes back before the log says that it was rewound; behind the lock both have happened.
    private bool IsBeingRewound(ulong from) => file.TakeView().Next >= from || IsStale;

    private bool IsRewound(out ulong kept)
    {
        _rewindsFound = file.Rewinds;
        kept = file.KeptSince(_rewinds);
        _block = null;
        if (_next > kept)
            return true;
        Volatile.Write(ref _rewinds, _rewindsFound);
        return false;
    }

    private CursorRead Move(ulong next, CursorRead result)
    {
        Volatile.Write(ref _next, next);
        return result;
    }
}
