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

    /// <summary>The log gave out the last sequence there is.</summary>
    Exhausted,
}

/// <summary>A place in a log that moves on as it is read. It is no queue: what it has not read lies in the log. Of one thread at a time.</summary>
internal sealed class LogCursor(RedexFile file, ulong start)
{
    private Block? _block;
    private ulong _next = start;

    /// <summary>The next sequence to be read.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>Whether there is something to be read. Any thread.</summary>
    public bool HasMore => file.Log.Next != Next;

    /// <summary>Reads on. What is not an event is told with where it began; it reaches to <see cref="Next"/>.</summary>
    public CursorRead Read(out RedexEvent read, out ulong from)
    {
        read = default;
        from = _next;
        MemoryLog log = file.Log;
        ulong end = log.Next;
        if (end <= from)
            return end == from ? CursorRead.Nothing : CursorRead.Exhausted;
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

    private CursorRead Move(ulong next, CursorRead result)
    {
        Volatile.Write(ref _next, next);
        return result;
    }
}
