using System.Collections.Immutable;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Memories;

/// <summary>
/// What an event does to the memories (spec 06 §6). Anything but <see cref="EventFault.None"/> means that the event cannot be
/// read and the state is as it was; an event that is none of ours, or of a memory that is not there, is applied by doing nothing.
/// </summary>
internal static class MemoriesFold
{
    public static EventFault Apply(ReadOnlySpan<byte> payload, MemoriesState state)
    {
        // The checksum comes first: a bad one is a fault whatever the dispatch byte says, for that byte may be what is damaged.
        EventFault fault = EventEnvelope.TryRead(payload, out EventMeta meta, out ReadOnlySpan<byte> tail);
        if (fault != EventFault.None)
            return fault;
        var reader = new PostcardReader(tail);
        bool isRead = meta.Dispatch switch
        {
            CortexDispatch.MemoryStored => Store(ref reader, state),
            CortexDispatch.MemoryRetagged => Retag(ref reader, state),
            CortexDispatch.MemoryPinned => Pin(ref reader, state, isPinned: true),
            CortexDispatch.MemoryUnpinned => Pin(ref reader, state, isPinned: false),
            CortexDispatch.MemoryDeleted => Delete(ref reader, state),
            _ => true,
        };
        return isRead ? EventFault.None : EventFault.BadTail;
    }

    /// <summary>Storing again keeps the pin and the time of creation (spec 06 T31).</summary>
    private static bool Store(ref PostcardReader tail, MemoriesState state)
    {
        if (!tail.TryReadVarint(out ulong id)
            || !tail.TryReadString(out string? content)
            || !MemoryTags.TryRead(ref tail, out ImmutableArray<string> tags)
            || !tail.TryReadString(out string? source)
            || !tail.TryReadVarint(out ulong nowNs))
        {
            return false;
        }
        state.Set(state.Find(id) is { } memory
            ? memory with { Content = content, Tags = tags, Source = source, UpdatedNs = nowNs }
            : new MemoryItem(id, content, tags, source, nowNs, nowNs, IsPinned: false));
        return true;
    }

    private static bool Retag(ref PostcardReader tail, MemoriesState state)
    {
        if (!tail.TryReadVarint(out ulong id) || !MemoryTags.TryRead(ref tail, out ImmutableArray<string> tags) || !tail.TryReadVarint(out ulong nowNs))
            return false;
        if (state.Find(id) is { } memory)
            state.Set(memory with { Tags = tags, UpdatedNs = nowNs });
        return true;
    }

    private static bool Pin(ref PostcardReader tail, MemoriesState state, bool isPinned)
    {
        if (!tail.TryReadVarint(out ulong id) || !tail.TryReadVarint(out ulong nowNs))
            return false;
        if (state.Find(id) is { } memory)
            state.Set(memory with { IsPinned = isPinned, UpdatedNs = nowNs });
        return true;
    }

    private static bool Delete(ref PostcardReader tail, MemoriesState state)
    {
        if (!tail.TryReadVarint(out ulong id))
            return false;
        state.Remove(id);
        return true;
    }
}
