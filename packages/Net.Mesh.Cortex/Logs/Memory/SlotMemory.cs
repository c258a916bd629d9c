using System.Buffers;
using System.Runtime.InteropServices;

namespace Net.Mesh.Cortex.Logs;

/// <summary>The slots of a block as bytes, so that an inline payload is handed out without a copy.</summary>
internal sealed unsafe class SlotMemory(Slot[] slots) : MemoryManager<byte>
{
    public ReadOnlyMemory<byte> InlinePayload(int index) => Memory.Slice(index * sizeof(Slot), RedexEntry.InlineBytes);

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(slots.AsSpan());

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        GCHandle handle = GCHandle.Alloc(slots, GCHandleType.Pinned);
        return new((byte*)handle.AddrOfPinnedObject() + elementIndex, handle);
    }

    public override void Unpin()
    {
        // The handle that pins is in the MemoryHandle, and freed with it.
    }

    protected override void Dispose(bool disposing)
    {
        // The array belongs to the garbage collector.
    }
}
