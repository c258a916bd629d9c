using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Cortex.Rows;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tasks;

/// <summary>Tasks as bytes (spec 06 §7.4): the state alone, and the snapshot that also holds the next number of the writer.</summary>
internal static class TasksSnapshot
{
    // The key, id, title, status and two times take a byte each at least.
    private const int SmallestEntry = 6;

    private const int ExpectedEntry = 40;

    public static PostcardCodec<TasksState> StateCodec { get; } = Postcard.Create<TasksState>(WriteState, TryReadState);

    public static byte[] Encode(ulong nextNumber, TasksState state) =>
        TypedSnapshot.Encode(nextNumber, StateCodec, state, 64 + (ExpectedEntry * Math.Min(state.Count, int.MaxValue / 128)));

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out ulong nextNumber, [NotNullWhen(true)] out TasksState? state) =>
        TypedSnapshot.TryDecode(bytes, StateCodec, out nextNumber, out state);

    private static void WriteState(ref PostcardWriter writer, TasksState state)
    {
        writer.WriteVarint((ulong)state.Count);
        WriteRows(ref writer, state.Rows.Half(isFlagged: false));
        WriteRows(ref writer, state.Rows.Half(isFlagged: true));
    }

    private static void WriteRows(ref PostcardWriter writer, ReadOnlySpan<TaskItem> tasks)
    {
        foreach (TaskItem task in tasks)
        {
            writer.WriteVarint(task.Id);
            writer.WriteVarint(task.Id);
            writer.WriteString(task.Title);
            writer.WriteVarint((ulong)task.Status);
            writer.WriteVarint(task.CreatedNs);
            writer.WriteVarint(task.UpdatedNs);
        }
    }

    private static bool TryReadState(ref PostcardReader reader, [NotNullWhen(true)] out TasksState? state)
    {
        state = null;
        if (!reader.TryReadCount(out int count, SmallestEntry))
            return false;
        var read = new TasksState(TypedSnapshot.Capacity(count));
        for (int i = 0; i < count; i++)
        {
            if (!TryReadEntry(ref reader, out TaskItem? task))
                return false;
            read.Set(task);
        }
        state = read;
        return true;
    }

    /// <summary>The key is who the task is; the id inside the record is not compared with it.</summary>
    private static bool TryReadEntry(ref PostcardReader reader, [NotNullWhen(true)] out TaskItem? task)
    {
        task = null;
        if (!reader.TryReadVarint(out ulong key)
            || !reader.TryReadVarint(out _)
            || !reader.TryReadString(out string? title)
            || !reader.TryReadVarint(out ulong status, uint.MaxValue)
            || status > (ulong)TaskItemStatus.Completed
            || !reader.TryReadVarint(out ulong createdNs)
            || !reader.TryReadVarint(out ulong updatedNs))
        {
            return false;
        }
        task = new TaskItem(key, title, (TaskItemStatus)status, createdNs, updatedNs);
        return true;
    }
}
