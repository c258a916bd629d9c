namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// The memory of a log's next block, taken and touched on another thread: half of what an append of small events costs is the system
/// handing out fresh pages.
/// </summary>
internal sealed class SpareBlock(int slots, int payload) : IThreadPoolWorkItem
{
    private const int PageBytes = 4096;

    /// <summary>Smaller blocks come once, on the way to larger ones.</summary>
    private const int SmallestBytes = 256 * 1024;

    private Arrays? _ready;

    /// <summary>Begins to prepare a block for a log whose blocks have grown large; null for others.</summary>
    public static unsafe SpareBlock? Begin(int slots, int payload)
    {
        if (((long)slots * sizeof(Slot)) + payload < SmallestBytes)
            return null;
        var spare = new SpareBlock(slots, payload);
        ThreadPool.UnsafeQueueUserWorkItem(spare, preferLocal: false);
        return spare;
    }

    /// <summary>The arrays of a block, with pages that are there.</summary>
    public static (Slot[] Slots, byte[] Payload) Allocate(int slots, int payload)
    {
        Slot[] entries = GC.AllocateUninitializedArray<Slot>(slots);
        byte[] bytes = payload == 0 ? [] : GC.AllocateUninitializedArray<byte>(payload);
        for (int i = 0; i < slots; i += PageBytes / 20)
            entries[i] = default;
        for (int i = 0; i < payload; i += PageBytes)
            bytes[i] = 0;
        return (entries, bytes);
    }

    /// <summary>Takes what was prepared, if it is ready and large enough.</summary>
    public bool TryTake(int entries, long bytes, out Slot[] takenSlots, out byte[] takenPayload)
    {
        Arrays? ready = slots >= entries && payload >= bytes ? Volatile.Read(ref _ready) : null;
        (takenSlots, takenPayload) = (ready?.Slots ?? [], ready?.Payload ?? []);
        return ready is not null;
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            (Slot[] entries, byte[] bytes) = Allocate(slots, payload);
            Volatile.Write(ref _ready, new(entries, bytes));
        }
        catch (OutOfMemoryException)
        {
            // The append that needs a block asks for itself, and is told.
        }
    }

    private sealed record Arrays(Slot[] Slots, byte[] Payload);
}
