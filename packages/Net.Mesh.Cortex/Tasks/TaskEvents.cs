using Net.Mesh.Cortex.Events;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tasks;

/// <summary>Writes the events of tasks as a log holds them (spec 06 §5). What is returned is good until the buffer's next event.</summary>
internal static class TaskEvents
{
    public static ReadOnlySpan<byte> Created(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, string title, ulong nowNs) =>
        Titled(buffer, CortexDispatch.TaskCreated, origin, number, id, title, nowNs);

    public static ReadOnlySpan<byte> Renamed(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, string title, ulong nowNs) =>
        Titled(buffer, CortexDispatch.TaskRenamed, origin, number, id, title, nowNs);

    public static ReadOnlySpan<byte> Completed(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id, ulong nowNs)
    {
        PostcardWriter tail = buffer.Begin(CortexDispatch.TaskCompleted, origin, number);
        tail.WriteVarint(id);
        tail.WriteVarint(nowNs);
        tail.Flush();
        return buffer.Seal();
    }

    public static ReadOnlySpan<byte> Deleted(EventPayloadBuffer buffer, OriginHash origin, ulong number, ulong id)
    {
        PostcardWriter tail = buffer.Begin(CortexDispatch.TaskDeleted, origin, number);
        tail.WriteVarint(id);
        tail.Flush();
        return buffer.Seal();
    }

    private static ReadOnlySpan<byte> Titled(
        EventPayloadBuffer buffer, byte dispatch, OriginHash origin, ulong number, ulong id, string title, ulong nowNs)
    {
        PostcardWriter tail = buffer.Begin(dispatch, origin, number);
        tail.WriteVarint(id);
        tail.WriteString(title);
        tail.WriteVarint(nowNs);
        tail.Flush();
        return buffer.Seal();
    }
}
