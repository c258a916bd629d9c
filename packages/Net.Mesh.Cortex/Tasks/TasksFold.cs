using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tasks;

/// <summary>
/// What an event does to the tasks (spec 06 §5). Anything but <see cref="EventFault.None"/> means that the event cannot be read
/// and the state is as it was; an event that is none of ours, or of a task that is not there, is applied by doing nothing.
/// </summary>
internal static class TasksFold
{
    public static EventFault Apply(ReadOnlySpan<byte> payload, TasksState state)
    {
        // The checksum comes first: a bad one is a fault whatever the dispatch byte says, for that byte may be what is damaged.
        EventFault fault = EventEnvelope.TryRead(payload, out EventMeta meta, out ReadOnlySpan<byte> tail);
        if (fault != EventFault.None)
            return fault;
        var reader = new PostcardReader(tail);
        bool isRead = meta.Dispatch switch
        {
            CortexDispatch.TaskCreated => Create(ref reader, state),
            CortexDispatch.TaskRenamed => Rename(ref reader, state),
            CortexDispatch.TaskCompleted => Complete(ref reader, state),
            CortexDispatch.TaskDeleted => Delete(ref reader, state),
            _ => true,
        };
        return isRead ? EventFault.None : EventFault.BadTail;
    }

    private static bool Create(ref PostcardReader tail, TasksState state)
    {
        if (!tail.TryReadVarint(out ulong id) || !tail.TryReadString(out string? title) || !tail.TryReadVarint(out ulong nowNs))
            return false;
        state.Set(new TaskItem(id, title, TaskItemStatus.Pending, nowNs, nowNs));
        return true;
    }

    private static bool Rename(ref PostcardReader tail, TasksState state)
    {
        if (!tail.TryReadVarint(out ulong id) || !tail.TryReadString(out string? title) || !tail.TryReadVarint(out ulong nowNs))
            return false;
        if (state.Find(id) is { } task)
            state.Set(task with { Title = title, UpdatedNs = nowNs });
        return true;
    }

    private static bool Complete(ref PostcardReader tail, TasksState state)
    {
        if (!tail.TryReadVarint(out ulong id) || !tail.TryReadVarint(out ulong nowNs))
            return false;
        if (state.Find(id) is { } task)
            state.Set(task with { Status = TaskItemStatus.Completed, UpdatedNs = nowNs });
        return true;
    }

    private static bool Delete(ref PostcardReader tail, TasksState state)
    {
        if (!tail.TryReadVarint(out ulong id))
            return false;
        state.Remove(id);
        return true;
    }
}
