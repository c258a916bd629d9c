using System.Buffers.Binary;

namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// The events of a log in memory: blocks in the order of their sequences. Changed under the log's lock; a <see cref="LogView"/> taken
/// under it is read without.
/// </summary>
internal sealed class MemoryLog
{
    /// <summary>More than this never lies in one log: 3 GiB (spec 06 §1.1).</summary>
    public const long MaxLiveBytes = 3L * 1024 * 1024 * 1024;

    private const int FirstEntries = 32;
    private const int MostEntries = 16 * 1024;
    private const int FirstPayload = 2 * 1024;
    private const int MostPayload = 1024 * 1024;

    private Block[] _blocks = new Block[4];
    private int _count;
    private SpareBlock? _spare;
    private ulong _first;
    private ulong _next;

    /// <summary>The sequence that the next append gets. Published last, so whoever reads it may read everything below.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>The lowest sequence that is still there; <see cref="Next"/> when there is none.</summary>
    public ulong First => Volatile.Read(ref _first);

    /// <summary>How many events are there.</summary>
    public long Count { get; private set; }

    /// <summary>Where the next payload goes in the segment.</summary>
    public long SegmentEnd { get; private set; }

    public LogView View => new(_blocks, _count, _first, _next);

    /// <summary>Takes memory for what is expected, so that appends find it there.</summary>
    public void Reserve(int entries, int bytes)
    {
        if (entries <= 0 && bytes <= 0)
            return;
        (Slot[] slots, byte[] payload) = SpareBlock.Allocate(Math.Max(entries, FirstEntries), bytes);
        Add(new Block(_next, SegmentEnd, slots, payload));
    }

    /// <summary>A block with room for so many entries in a row and so many bytes in a row.</summary>
    public Block Room(int entries, long bytes)
    {
        Block? last = _count > 0 ? _blocks[_count - 1] : null;
        if (last is { IsSealed: false } && last.EndSeq == _next && last.SegmentStart + last.Used == SegmentEnd && last.HasRoom(entries, bytes))
            return last;
        return Grow(last, entries, bytes);
    }

    /// <summary>Publishes what was written into the block behind its used part.</summary>
    public void Commit(Block block, int entries, int bytes)
    {
        block.Count += entries;
        block.Used += bytes;
        SegmentEnd += bytes;
        Count += entries;
        Volatile.Write(ref _next, _next + (uint)entries);
    }

    /// <summary>Puts a block with events behind the others: what recovery found.</summary>
    public void Load(Block block)
    {
        if (Count == 0)
            Volatile.Write(ref _first, block.FirstSeq);
        Add(block);
        Count += block.Count;
        SegmentEnd = Math.Max(SegmentEnd, block.SegmentStart + block.Used);
        _next = block.EndSeq;
    }

    /// <summary>Begins at a sequence, with whatever is there kept.</summary>
    public void SetNext(ulong next)
    {
        if (Count == 0)
            Volatile.Write(ref _first, next);
        Volatile.Write(ref _next, next);
    }

    /// <summary>Sets when the events were appended: one time of eight bytes for each, in order. While nobody reads.</summary>
    public void SetTimes(ReadOnlySpan<byte> stamps)
    {
        for (int i = 0; i < _count; i++)
        {
            foreach (ref Slot slot in _blocks[i].Slots.AsSpan(0, _blocks[i].Count))
            {
                slot.Time = BinaryPrimitives.ReadUInt64LittleEndian(stamps);
                stamps = stamps[8..];
            }
        }
    }

    /// <summary>Forgets everything and goes on at a sequence.</summary>
    public void Restart(ulong next)
    {
        _blocks = new Block[4];
        _count = 0;
        Count = 0;
        Volatile.Write(ref _first, next);
        SegmentEnd = 0;
        Volatile.Write(ref _next, next);
    }

    /// <summary>Drops the oldest events; the first that stays begins the segment, at 0.</summary>
    public void DropFirst(long entries)
    {
        if (entries <= 0)
            return;
        if (entries >= Count)
        {
            Restart(_next);
            return;
        }
        long left = entries;
        int block = 0;
        int index = (int)(First - _blocks[0].FirstSeq);
        while (left >= _blocks[block].Count - index)
        {
            left -= _blocks[block].Count - index;
            index = 0;
            block++;
        }
        index += (int)left;
        Volatile.Write(ref _first, _blocks[block].FirstSeq + (uint)index);
        Count -= entries;
        // A view that was taken before keeps the old array, and with it what it points at.
        var kept = new Block[Math.Max(4, _count - block + 1)];
        Array.Copy(_blocks, block, kept, 0, _count - block);
        _blocks = kept;
        _count -= block;
        LayOut(index);
    }

    /// <summary>Drops the events from a sequence on, which becomes the next one.</summary>
    public void DropFrom(ulong seq)
    {
        if (seq <= _first)
        {
            Restart(seq);
            return;
        }
        while (_blocks[_count - 1].FirstSeq >= seq)
        {
            Count -= _blocks[_count - 1].Count;
            _count--;
        }
        // Another block in its place: what follows is written elsewhere, and whoever holds an event of this one keeps it as it was.
        Block last = _blocks[_count - 1];
        int kept = (int)Math.Min((ulong)last.Count, seq - last.FirstSeq);
        int used = 0;
        for (int i = 0; i < kept; i++)
            used = last.Slots[i].IsInline ? used : (int)(last.Slots[i].Start + last.Slots[i].Length);
        Count -= last.Count - kept;
        Block[] blocks = new Block[Math.Max(4, _count + 1)];
        Array.Copy(_blocks, blocks, _count);
        blocks[_count - 1] = new(last.FirstSeq, last.SegmentStart, last.Slots, last.Payload) { Count = kept, Used = used, IsSealed = true };
        _blocks = blocks;
        // Blocks without payloads do not say where the segment ends; those before them do.
        SegmentEnd = 0;
        for (int i = 0; i < _count; i++)
            SegmentEnd = Math.Max(SegmentEnd, blocks[i].SegmentStart + blocks[i].Used);
        Volatile.Write(ref _next, seq);
    }

    /// <summary>How many of the oldest events the rule drops; see <see cref="RetentionRule"/>.</summary>
    public long Excess(in RetentionRule rule, ulong nowNs)
    {
        long drop = 0;
        if (rule.MaxEvents is { } events)
            drop = Math.Max(drop, Count - events);
        if (rule.MaxBytes is { } bytes)
            drop = Math.Max(drop, Count - NewestWithin(bytes));
        if (rule.MaxAge is { } age)
            drop = Math.Max(drop, OlderThan(nowNs - Math.Min(nowNs, UnixNanoseconds.Of(age))));
        return drop;
    }

    private long NewestWithin(long bytes)
    {
        long kept = 0;
        foreach (ref readonly Slot slot in View.NewestFirst())
        {
            bytes -= RedexEntry.Size + (slot.IsInline ? 0 : slot.Length);
            if (bytes < 0)
                break;
            kept++;
        }
        return kept;
    }

    private long OlderThan(ulong cutoff)
    {
        long old = 0;
        foreach (ref readonly Slot slot in View.OldestFirst())
        {
            if (slot.Time >= cutoff)
                break;
            old++;
        }
        return old;
    }

    /// <summary>Where the payloads lie in a segment that begins with the first of them and has no holes: as a new generation is written.</summary>
    /// <param name="firstIndex">The place of the first event in the first block.</param>
    public void LayOut(int firstIndex = 0)
    {
        SegmentEnd = 0;
        for (int i = 0; i < _count; i++)
        {
            Block block = _blocks[i];
            int start = block.Used;
            for (int j = i == 0 ? firstIndex : 0; j < block.Count; j++)
            {
                if (block.Slots[j].IsInline)
                    continue;
                start = (int)block.Slots[j].Start;
                break;
            }
            block.SegmentStart = SegmentEnd - start;
            SegmentEnd += block.Used - start;
        }
    }

    private Block Grow(Block? last, int entries, long bytes)
    {
        int count = Math.Max(entries, last is null ? FirstEntries : Math.Clamp(last.Count * 2, FirstEntries, MostEntries));
        // As much as so many entries need if they are like those before, and a little more: a log of inline entries takes none.
        long expected = last is null ? (bytes == 0 ? 0 : FirstPayload) : Math.Min((long)last.Used * count / Math.Max(1, last.Count) * 9 / 8, MostPayload);
        if (_spare is null || !_spare.TryTake(entries, bytes, out Slot[] slots, out byte[] payload))
        {
            slots = GC.AllocateUninitializedArray<Slot>(count);
            payload = GC.AllocateUninitializedArray<byte>(checked((int)Math.Max(bytes, expected)));
        }
        _spare = SpareBlock.Begin(Math.Min(count, MostEntries), (int)expected);
        var block = new Block(_next, SegmentEnd, slots, payload);
        Add(block);
        return block;
    }

    private void Add(Block block)
    {
        // An empty block is of no more use: a view could not tell to whom a sequence belongs.
        if (_count > 0 && _blocks[_count - 1].Count == 0)
            _count--;
        if (_count == _blocks.Length)
            Array.Resize(ref _blocks, _count * 2);
        _blocks[_count++] = block;
    }
}
