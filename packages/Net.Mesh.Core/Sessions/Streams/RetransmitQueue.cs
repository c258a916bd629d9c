namespace Net.Mesh.Sessions;

/// <summary>
/// The packets of a reliable stream that the peer has not acknowledged, by sequence: a ring from the oldest to the newest
/// (spec 01 §12.2). The caller serialises; buffers belong to the queue until they are acknowledged.
/// </summary>
internal sealed class RetransmitQueue(int capacity, PacketBufferPool pool)
{
    private Entry[] _ring = new Entry[Math.Min(16, capacity)];
    private int _head;

    /// <summary>Packets at most: one per 512 bytes of window, between 32 and 16,384.</summary>
    public static int CapacityFor(long windowBytes) => windowBytes == 0 ? 32 : (int)Math.Clamp(windowBytes / 512, 32, 16_384);

    public int Count { get; private set; }

    /// <summary>The sequence of the oldest entry; meaningful while there is one.</summary>
    public ulong OldestSequence { get; private set; }

    public bool IsFull => Count == capacity;

    public ref Entry Oldest => ref _ring[_head];

    /// <summary>Remembers a packet; sequences come without gaps.</summary>
    public void Add(ulong sequence, in PacketContent content, long now)
    {
        if (Count == _ring.Length)
            Grow();
        if (Count == 0)
            OldestSequence = sequence;
        ref Entry entry = ref _ring[(_head + Count) & (_ring.Length - 1)];
        entry = new Entry { Content = content, FirstSent = now, LastSent = now };
        Count++;
    }

    /// <summary>The entry of a sequence, when it is still held.</summary>
    public bool TryIndexOf(ulong sequence, out int index)
    {
        ulong offset = sequence - OldestSequence;
        index = (int)offset;
        return Count > 0 && sequence >= OldestSequence && offset < (ulong)Count;
    }

    public ref Entry this[int index] => ref _ring[(_head + index) & (_ring.Length - 1)];

    /// <summary>Drops everything below a sequence.</summary>
    /// <param name="nextExpected">The first sequence that the peer lacks.</param>
    /// <param name="sampleSentAt">When the last dropped packet was sent, if it was sent once only (Karn); otherwise 0.</param>
    /// <returns>How many packets were dropped.</returns>
    public int Acknowledge(ulong nextExpected, out long sampleSentAt)
    {
        sampleSentAt = 0;
        int dropped = 0;
        while (Count > 0 && OldestSequence < nextExpected)
        {
            ref Entry entry = ref _ring[_head];
            sampleSentAt = entry.Resends == 0 ? entry.LastSent : sampleSentAt;
            DropOldest(ref entry);
            dropped++;
        }
        return dropped;
    }

    public void Clear()
    {
        while (Count > 0)
            DropOldest(ref _ring[_head]);
    }

    private void DropOldest(ref Entry entry)
    {
        pool.Return(entry.Content.Buffer);
        entry = default;
        _head = (_head + 1) & (_ring.Length - 1);
        OldestSequence++;
        Count--;
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (int i = 0; i < Count; i++)
            larger[i] = this[i];
        _ring = larger;
        _head = 0;
    }

    internal struct Entry
    {
        public PacketContent Content;
        public long FirstSent;
        public long LastSent;
        public int Resends;
    }
}
