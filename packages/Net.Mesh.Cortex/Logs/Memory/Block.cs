using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// Events with sequences in a row and payloads in a row. What has been published in it never changes, so it is read without a lock and
/// handed out without a copy; memory goes when the last reader has let go.
/// </summary>
internal sealed class Block
{
    private SlotMemory? _inline;

    public Block(ulong firstSeq, long segmentStart, Slot[] slots, byte[] payload)
    {
        FirstSeq = firstSeq;
        SegmentStart = segmentStart;
        Slots = slots;
        Payload = payload;
    }

    /// <summary>The sequence of the first slot.</summary>
    public ulong FirstSeq { get; }

    /// <summary>Where in the segment the payload array would begin; changes when what lies before is dropped. Under the log's lock.</summary>
    public long SegmentStart { get; set; }

    public Slot[] Slots { get; }

    public byte[] Payload { get; }

    /// <summary>How many slots are in use. Under the log's lock; readers go by the log's next sequence.</summary>
    public int Count { get; set; }

    /// <summary>How many bytes of the payload array are in use. Under the log's lock.</summary>
    public int Used { get; set; }

    /// <summary>Whether nothing may be added: what lies behind its events was once published.</summary>
    public bool IsSealed { get; init; }

    public ulong EndSeq => FirstSeq + (uint)Count;

    public bool HasRoom(int entries, long bytes) => Slots.Length - Count >= entries && Payload.Length - Used >= bytes;

    public RedexEntry EntryAt(int index)
    {
        ref readonly Slot slot = ref Slots[index];
        ulong seq = FirstSeq + (uint)index;
        return slot.IsInline
            ? new(seq, slot.Body, slot.Tail)
            : new(seq, (uint)(SegmentStart + slot.Start) | ((ulong)slot.Length << 32), slot.Tail);
    }

    public ReadOnlyMemory<byte> PayloadAt(int index)
    {
        ref readonly Slot slot = ref Slots[index];
        return slot.IsInline
            ? (_inline ??= new SlotMemory(Slots)).InlinePayload(index)
            : new(Payload, (int)slot.Start, (int)slot.Length);
    }

    /// <summary>The event in a slot; false when its payload is no longer what the checksum says.</summary>
    public bool TryRead(int index, out RedexEvent read)
    {
        RedexEntry entry = EntryAt(index);
        ReadOnlyMemory<byte> payload = PayloadAt(index);
        read = new(entry, payload, Slots[index].Time);
        return PayloadChecksum.Of(payload.Span) == entry.Checksum;
    }
}
