namespace Net.Mesh.Bus;

/// <summary>Consecutive events of a shard in one array. Guarded by its shard's lock.</summary>
internal sealed class MemoryBlock(ulong firstId, int bytes)
{
    public const int StandardBytes = 64 * 1024;
    private const int MaxEvents = 2048;

    private readonly byte[] _payloads = GC.AllocateUninitializedArray<byte>(bytes);
    private Entry[] _entries = new Entry[64];
    private int _used;

    public ulong FirstId { get; private set; } = firstId;

    public int Count { get; private set; }

    /// <summary>Whether readers may hold slices of the payloads.</summary>
    public bool WasRead { get; private set; }

    public bool IsStandard => _payloads.Length == StandardBytes;

    public bool TryAppend(ReadOnlySpan<byte> payload, ulong timestamp, ushort shardId, long storedAt)
    {
        if (payload.Length > _payloads.Length - _used || Count == MaxEvents)
            return false;
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        payload.CopyTo(_payloads.AsSpan(_used));
        _entries[Count++] = new(_used, payload.Length, shardId, timestamp, storedAt);
        _used += payload.Length;
        return true;
    }

    public void CopyOut(int offset, int count, List<StoredEvent> destination)
    {
        WasRead = true;
        for (int i = offset; i < offset + count; i++)
        {
            ref readonly Entry entry = ref _entries[i];
            destination.Add(new(EventPosition.FromNumber(FirstId + (ulong)i), new(_payloads, entry.Offset, entry.Length), entry.Timestamp, entry.ShardId));
        }
    }

    public int PayloadLength(int offset) => _entries[offset].Length;

    public long StoredAt(int offset) => _entries[offset].StoredAt;

    public void Reset(ulong firstId)
    {
        FirstId = firstId;
        Count = 0;
        _used = 0;
    }

    private readonly record struct Entry(int Offset, int Length, ushort ShardId, ulong Timestamp, long StoredAt);
}
