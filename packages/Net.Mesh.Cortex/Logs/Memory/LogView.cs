namespace Net.Mesh.Cortex.Logs;

/// <summary>What a log held at one moment. Events in it never change, whatever becomes of the log.</summary>
internal readonly struct LogView(Block[] blocks, int count, ulong first, ulong next)
{
    private readonly Block[] _blocks = blocks;

    private readonly int _count = count;

    public ulong First { get; } = first;

    public ulong Next { get; } = next;

    /// <summary>The block with a sequence, or with the next higher one there is; and the place in it.</summary>
    /// <returns>False when nothing is there from the sequence on.</returns>
    public bool TryLocate(ulong seq, out Block block, out int index)
    {
        bool isFound = TryLocate(seq, out int at, out index);
        block = isFound ? _blocks[at] : null!;
        return isFound;
    }

    public SlotsNewestFirst NewestFirst() => new(this);

    public SlotsOldestFirst OldestFirst() => new(this);

    /// <summary>The sequence of the event behind so many of the oldest; <see cref="Next"/> when there are no more.</summary>
    public ulong SeqAfter(long entries)
    {
        for (int at = 0; at < _count; at++)
        {
            ulong from = Math.Max(_blocks[at].FirstSeq, First);
            ulong end = _blocks[at].FirstSeq + (uint)EndIn(at);
            long held = end > from ? (long)(end - from) : 0;
            if (entries < held)
                return from + (ulong)entries;
            entries -= held;
        }
        return Next;
    }

    /// <summary>
    /// The events from one sequence up to another. With <paramref name="onCorrupt"/> those whose checksums are wrong are left out and
    /// told of.
    /// </summary>
    public IEnumerable<RedexEvent> Range(ulong start, ulong end, Action<ulong>? onCorrupt = null)
    {
        while (start < end && TryLocate(start, out int at, out int index))
        {
            Block block = _blocks[at];
            int stop = EndIn(at);
            for (; index < stop; index++)
            {
                ulong seq = block.FirstSeq + (uint)index;
                if (seq >= end)
                    yield break;
                if (block.TryRead(index, out RedexEvent read) || onCorrupt is null)
                    yield return read;
                else
                    onCorrupt(seq);
            }
            start = block.FirstSeq + (uint)stop;
        }
    }

    private bool TryLocate(ulong seq, out int at, out int index)
    {
        seq = Math.Max(seq, First);
        at = 0;
        index = 0;
        if (seq >= Next)
            return false;
        int high = _count - 1;
        while (at < high)
        {
            int middle = (at + high + 1) / 2;
            if (_blocks[middle].FirstSeq <= seq)
                at = middle;
            else
                high = middle - 1;
        }
        for (; at < _count; at++)
        {
            ulong offset = seq <= _blocks[at].FirstSeq ? 0 : seq - _blocks[at].FirstSeq;
            if (offset < (uint)EndIn(at))
            {
                index = (int)offset;
                return true;
            }
        }
        return false;
    }

    // The last block may have grown since the view was taken; and one may end short of the next, where something was lost.
    private int EndIn(int at)
    {
        Block block = _blocks[at];
        ulong end = at + 1 < _count ? _blocks[at + 1].FirstSeq : Next;
        return (int)Math.Min((ulong)block.Count, end - block.FirstSeq);
    }

    internal ref struct SlotsNewestFirst(LogView view)
    {
        private readonly LogView _view = view;
        private int _block = view._count;
        private int _index;
        private int _lowest;

        public readonly ref readonly Slot Current => ref _view._blocks[_block].Slots[_index];

        public readonly SlotsNewestFirst GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_block == _view._count || _index == _lowest)
            {
                if (--_block < 0)
                    return false;
                Block block = _view._blocks[_block];
                _index = _view.EndIn(_block);
                _lowest = _view.First > block.FirstSeq ? (int)Math.Min(_view.First - block.FirstSeq, (uint)_index) : 0;
                if (_index > _lowest)
                    break;
            }
            _index--;
            return true;
        }
    }

    internal ref struct SlotsOldestFirst(LogView view)
    {
        private readonly LogView _view = view;
        private int _block = -1;
        private int _index;
        private int _end;

        public readonly ref readonly Slot Current => ref _view._blocks[_block].Slots[_index];

        public readonly SlotsOldestFirst GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_block >= 0 && ++_index < _end)
                return true;
            while (++_block < _view._count)
            {
                Block block = _view._blocks[_block];
                _end = _view.EndIn(_block);
                _index = _view.First > block.FirstSeq ? (int)Math.Min(_view.First - block.FirstSeq, (uint)_end) : 0;
                if (_index < _end)
                    return true;
            }
            return false;
        }
    }
}
