namespace Net.Mesh.Bus;

/// <summary>
/// What the memory adapter keeps of one shard: ids from 1, payloads copied into blocks. A block that no reader has seen is used
/// again when its events are gone; one that readers may hold is left to the garbage collector. Thread-safe.
/// </summary>
internal sealed class MemoryShard(long maxEvents, long maxBytes, TimeSpan? maxAge, TimeProvider timeProvider)
{
    private const int MaxSpareBlocks = 4;

    private readonly Lock _lock = new();
    private readonly List<MemoryBlock> _blocks = [];
    private readonly Stack<MemoryBlock> _spareBlocks = new();
    private ulong _nextId = 1;
    private ulong _oldestId = 1;
    private int _oldestBlock; // the block of the oldest event; blocks before it are about to be freed
    private long _bytes;

    public ulong? NewestId
    {
        get
        {
            lock (_lock)
            {
                DropExpired();
                return _nextId > _oldestId ? _nextId - 1 : null;
            }
        }
    }

    public void Append(ReadOnlySpan<BatchEvent> events)
    {
        lock (_lock)
        {
            AppendAll(events);
            DropSurplus();
        }
    }

    /// <summary>
    /// Appends events unless that would push out one behind a position. Events up to the position make room as needed; an empty
    /// shard takes whatever comes.
    /// </summary>
    /// <param name="events">All or none of them are appended.</param>
    /// <param name="droppable">Events up to this id may go.</param>
    public bool TryAppend(ReadOnlySpan<BatchEvent> events, ulong droppable)
    {
        long bytes = 0;
        foreach (ref readonly BatchEvent e in events)
            bytes += e.Payload.Length;
        lock (_lock)
        {
            DropExpired();
            while (IsSurplus(events.Length, bytes) && _oldestId <= droppable && _oldestId < _nextId)
                DropOldest();
            FreeBlocks();
            if (IsSurplus(events.Length, bytes) && _oldestId < _nextId)
                return false;
            AppendAll(events);
            return true;
        }
    }

    public ShardPage Read(ulong? after, int limit, List<StoredEvent> destination)
    {
        lock (_lock)
        {
            DropExpired();
            ulong first = after is { } position ? (position == ulong.MaxValue ? position : position + 1) : 1;
            first = Math.Max(first, _oldestId);
            if (first >= _nextId)
                return ShardPage.Empty;
            int count = (int)Math.Min((ulong)limit, _nextId - first);
            CopyOut(first, count, destination);
            bool hasMore = first + (ulong)count < _nextId;
            return new(count == 0 ? null : EventPosition.FromNumber(first + (ulong)count - 1), hasMore);
        }
    }

    private bool IsSurplus(int newEvents, long newBytes) => (long)(_nextId - _oldestId) + newEvents > maxEvents || _bytes + newBytes > maxBytes;

    private void AppendAll(ReadOnlySpan<BatchEvent> events)
    {
        long now = timeProvider.GetTimestamp();
        foreach (ref readonly BatchEvent e in events)
        {
            ReadOnlySpan<byte> payload = e.Payload.Span;
            if (_blocks.Count == 0 || !_blocks[^1].TryAppend(payload, e.Timestamp, e.ShardId, now))
            {
                MemoryBlock block = NewBlock(payload.Length);
                _blocks.Add(block);
                block.TryAppend(payload, e.Timestamp, e.ShardId, now);
            }
            _nextId++;
            _bytes += payload.Length;
        }
    }

    private void CopyOut(ulong id, int count, List<StoredEvent> destination)
    {
        int blockIndex = FindBlock(id);
        while (count > 0)
        {
            MemoryBlock block = _blocks[blockIndex++];
            int offset = (int)(id - block.FirstId);
            int run = Math.Min(count, block.Count - offset);
            block.CopyOut(offset, run, destination);
            id += (ulong)run;
            count -= run;
        }
    }

    private int FindBlock(ulong id)
    {
        int low = 0, high = _blocks.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_blocks[middle].FirstId <= id)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    private void DropExpired()
    {
        if (maxAge is null)
            return;
        long now = timeProvider.GetTimestamp();
        while (_oldestId < _nextId && timeProvider.GetElapsedTime(Oldest(out int offset).StoredAt(offset), now) > maxAge)
            DropOldest();
        FreeBlocks();
    }

    private void DropSurplus()
    {
        DropExpired();
        while ((long)(_nextId - _oldestId) > maxEvents || (_bytes > maxBytes && _nextId - _oldestId > 1))
            DropOldest();
        FreeBlocks();
    }

    private MemoryBlock Oldest(out int offset)
    {
        while (_blocks[_oldestBlock].FirstId + (ulong)_blocks[_oldestBlock].Count <= _oldestId)
            _oldestBlock++;
        offset = (int)(_oldestId - _blocks[_oldestBlock].FirstId);
        return _blocks[_oldestBlock];
    }

    private void DropOldest()
    {
        _bytes -= Oldest(out int offset).PayloadLength(offset);
        _oldestId++;
    }

    private void FreeBlocks()
    {
        int free = 0;
        while (free < _blocks.Count && _blocks[free].FirstId + (ulong)_blocks[free].Count <= _oldestId)
        {
            MemoryBlock block = _blocks[free++];
            if (!block.WasRead && block.IsStandard && _spareBlocks.Count < MaxSpareBlocks)
                _spareBlocks.Push(block);
        }
        if (free > 0)
            _blocks.RemoveRange(0, free);
        _oldestBlock = 0;
    }

    private MemoryBlock NewBlock(int payloadLength)
    {
        if (payloadLength <= MemoryBlock.StandardBytes && _spareBlocks.TryPop(out MemoryBlock? block))
        {
            block.Reset(_nextId);
            return block;
        }
        return new(_nextId, Math.Max(payloadLength, MemoryBlock.StandardBytes));
    }
}
