namespace Net.Mesh.Bus;

/// <summary>
/// The events that a worker has taken from its ring and not yet got rid of. Reused from batch to batch; knows which slabs the
/// payloads stand in, so that they can be let go together.
/// </summary>
internal sealed class BatchBuffer(ushort shardId)
{
    private const int SlabLookBack = 8;

    private readonly List<(PayloadSlab Slab, int Count)> _slabs = new(16);
    private BatchEvent[] _events = new BatchEvent[256];
    private int _count;

    public int Count => _count;

    public ReadOnlyMemory<BatchEvent> Events => new(_events, 0, _count);

    public void Add(in Payload payload, ulong timestamp)
    {
        if (_count == _events.Length)
            Array.Resize(ref _events, _events.Length * 2);
        _events[_count++] = new(payload.Memory, timestamp, shardId);
        if (payload.Owner is not PayloadSlab slab)
            return;
        // Several producers take turns in a ring, each with a slab of its own: look a few entries back before adding one.
        for (int i = _slabs.Count - 1, oldest = Math.Max(0, i - SlabLookBack); i >= oldest; i--)
        {
            if (_slabs[i].Slab == slab)
            {
                _slabs[i] = (slab, _slabs[i].Count + 1);
                return;
            }
        }
        _slabs.Add((slab, 1));
    }

    /// <summary>Forgets the events and lets go of their memory.</summary>
    public void Clear()
    {
        foreach ((PayloadSlab slab, int count) in _slabs)
            slab.Release(count);
        _slabs.Clear();
        Array.Clear(_events, 0, _count);
        _count = 0;
    }

    /// <summary>Forgets the events but not their memory: an adapter that ran into its time limit may still be reading it.</summary>
    public void Abandon()
    {
        _slabs.Clear();
        _events = new BatchEvent[256];
        _count = 0;
    }
}
