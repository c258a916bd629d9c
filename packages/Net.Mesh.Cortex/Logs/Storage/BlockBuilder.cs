using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>Puts recovered events into blocks: sequences in a row, payloads in a row of one array.</summary>
internal sealed class BlockBuilder
{
    private Slot[] _slots = [];
    private byte[] _payload = [];
    private ulong _first;
    private long _start;
    private int _count;
    private int _used;
    private int _end;

    public MemoryLog Log { get; } = new();

    public void Add(in SequenceFilter.Candidate candidate)
    {
        RedexEntry entry = candidate.Entry;
        bool isInline = entry.IsInline;
        int start = isInline ? _end : (int)(entry.PayloadOffset - candidate.Start);
        if (_count == 0 || _first + (uint)_count != entry.Seq || _count == _slots.Length || !ReferenceEquals(_payload, candidate.Payload) || (!isInline && _end >= 0 && start != _end))
        {
            Complete();
            if (_slots.Length < candidate.Room)
                _slots = new Slot[candidate.Room];
            (_first, _start, _payload, _used, _end) = (entry.Seq, candidate.Start, candidate.Payload, 0, -1);
        }
        ref Slot slot = ref _slots[_count++];
        slot.Body = isInline ? entry.Body : (uint)start | ((ulong)entry.PayloadLength << 32);
        slot.Tail = entry.Tail;
        slot.Time = candidate.Time;
        if (!isInline)
            _end = start + (int)entry.PayloadLength;
        _used = Math.Max(_used, _end);
    }

    /// <summary>Ends the block at hand.</summary>
    public void Complete()
    {
        if (_count == 0)
            return;
        // A block that ended early, at damage, does not keep the room of the whole.
        Slot[] slots = _slots;
        if (_count < slots.Length)
            slots = slots[.._count];
        else
            _slots = [];
        Log.Load(new(_first, _start, slots, _payload) { Count = _count, Used = _used });
        _count = 0;
    }
}
