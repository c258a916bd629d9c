using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Storage;

/// <summary>Puts recovered events into blocks: sequences in a row, payloads in a row of one array.</summary>
internal sealed class BlockBuilder
{
    private Block? _block;
    private int _end;

    public MemoryLog Log { get; } = new();

    public void Add(in SequenceFilter.Candidate candidate)
    {
        RedexEntry entry = candidate.Entry;
        bool isInline = entry.IsInline;
        int start = isInline ? _end : (int)(entry.PayloadOffset - candidate.Start);
        if (_block is null || _block.EndSeq != entry.Seq || _block.Count == _block.Slots.Length || !ReferenceEquals(_block.Payload, candidate.Payload) || (!isInline && _end >= 0 && start != _end))
        {
            Complete();
            _block = new(entry.Seq, candidate.Start, new Slot[candidate.Room], candidate.Payload);
            _end = -1;
        }
        ref Slot slot = ref _block.Slots[_block.Count];
        slot.Body = isInline ? entry.Body : (uint)start | ((ulong)entry.PayloadLength << 32);
        slot.Tail = entry.Tail;
        slot.Time = candidate.Time;
        if (!isInline)
            _end = start + (int)entry.PayloadLength;
        _block.Count++;
        _block.Used = Math.Max(_block.Used, _end);
    }

    /// <summary>Ends the block at hand.</summary>
    public void Complete()
    {
        if (_block is not null)
            Log.Load(_block);
        _block = null;
    }
}
