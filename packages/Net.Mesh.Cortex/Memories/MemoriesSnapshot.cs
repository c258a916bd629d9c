using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Cortex.Rows;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Memories;

/// <summary>Memories as bytes (spec 06 §7.4): the state alone, and the snapshot that also holds the next number of the writer.</summary>
internal static class MemoriesSnapshot
{
    // The key and the seven fields take a byte each at least.
    private const int SmallestEntry = 8;

    private const int ExpectedEntry = 64;

    public static PostcardCodec<MemoriesState> StateCodec { get; } = Postcard.Create<MemoriesState>(WriteState, TryReadState);

    public static byte[] Encode(ulong nextNumber, MemoriesState state) =>
        TypedSnapshot.Encode(nextNumber, StateCodec, state, 64 + (ExpectedEntry * Math.Min(state.Count, int.MaxValue / 128)));

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out ulong nextNumber, [NotNullWhen(true)] out MemoriesState? state) =>
        TypedSnapshot.TryDecode(bytes, StateCodec, out nextNumber, out state);

    private static void WriteState(ref PostcardWriter writer, MemoriesState state)
    {
        writer.WriteVarint((ulong)state.Count);
        WriteRows(ref writer, state.Rows.Half(isFlagged: false));
        WriteRows(ref writer, state.Rows.Half(isFlagged: true));
    }

    private static void WriteRows(ref PostcardWriter writer, ReadOnlySpan<MemoryItem> memories)
    {
        foreach (MemoryItem memory in memories)
        {
            writer.WriteVarint(memory.Id);
            writer.WriteVarint(memory.Id);
            writer.WriteString(memory.Content);
            MemoryTags.Write(ref writer, memory.Tags.AsSpan());
            writer.WriteString(memory.Source);
            writer.WriteVarint(memory.CreatedNs);
            writer.WriteVarint(memory.UpdatedNs);
            writer.WriteBoolean(memory.IsPinned);
        }
    }

    private static bool TryReadState(ref PostcardReader reader, [NotNullWhen(true)] out MemoriesState? state)
    {
        state = null;
        if (!reader.TryReadCount(out int count, SmallestEntry))
            return false;
        var read = new MemoriesState(TypedSnapshot.Capacity(count));
        for (int i = 0; i < count; i++)
        {
            if (!TryReadEntry(ref reader, out MemoryItem? memory))
                return false;
            read.Set(memory);
        }
        state = read;
        return true;
    }

    /// <summary>The key is who the memory is; the id inside the record is not compared with it.</summary>
    private static bool TryReadEntry(ref PostcardReader reader, [NotNullWhen(true)] out MemoryItem? memory)
    {
        memory = null;
        if (!reader.TryReadVarint(out ulong key)
            || !reader.TryReadVarint(out _)
            || !reader.TryReadString(out string? content)
            || !MemoryTags.TryRead(ref reader, out ImmutableArray<string> tags)
            || !reader.TryReadString(out string? source)
            || !reader.TryReadVarint(out ulong createdNs)
            || !reader.TryReadVarint(out ulong updatedNs)
            || !reader.TryReadBoolean(out bool isPinned))
        {
            return false;
        }
        memory = new MemoryItem(key, content, tags, source, createdNs, updatedNs, isPinned);
        return true;
    }
}
