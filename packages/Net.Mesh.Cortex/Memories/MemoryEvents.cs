using Net.Mesh.Cortex.Events;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Memories;

/// <summary>Writes the events of memories as a log holds them (spec 06 §6). What is returned is good until the buffer's next event.</summary>
internal static class MemoryEvents
{
    public static ReadOnlySpan<byte> Stored(
        EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, string content, ReadOnlySpan<string> tags, string source, ulong nowNs)
    {
        PostcardWriter tail = buffer.Begin(CortexDispatch.MemoryStored, origin, number);
        tail.WriteVarint(id);
        tail.WriteString(content);
        MemoryTags.Write(ref tail, tags);
        tail.WriteString(source);
        tail.WriteVarint(nowNs);
        tail.Flush();
        return buffer.Seal();
    }

    public static ReadOnlySpan<byte> Retagged(
        EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, ReadOnlySpan<string> tags, ulong nowNs)
    {
        PostcardWriter tail = buffer.Begin(CortexDispatch.MemoryRetagged, origin, number);
        tail.WriteVarint(id);
        MemoryTags.Write(ref tail, tags);
        tail.WriteVarint(nowNs);
        tail.Flush();
        return buffer.Seal();
    }

    public static ReadOnlySpan<byte> Pinned(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, bool isPinned, ulong nowNs)
    {
        PostcardWriter tail = buffer.Begin(isPinned ? CortexDispatch.MemoryPinned : CortexDispatch.MemoryUnpinned, origin, number);
        tail.WriteVarint(id);
        tail.WriteVarint(nowNs);
        tail.Flush();
        return buffer.Seal();
    }

    public static ReadOnlySpan<byte> Deleted(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id)
    {
        PostcardWriter tail = buffer.Begin(CortexDispatch.MemoryDeleted, origin, number);
        tail.WriteVarint(id);
        tail.Flush();
        return buffer.Seal();
    }
}
