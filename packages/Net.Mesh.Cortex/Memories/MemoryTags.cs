using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Memories;

/// <summary>A list of tags in postcard.</summary>
internal static class MemoryTags
{
    public static void Write(ref PostcardWriter writer, ReadOnlySpan<string> tags)
    {
        writer.WriteVarint((ulong)tags.Length);
        foreach (string tag in tags)
            writer.WriteString(tag);
    }

    public static bool TryRead(ref PostcardReader reader, out ImmutableArray<string> tags)
    {
        tags = [];
        if (!reader.TryReadCount(out int count))
            return false;
        // Grows with what is there; the count is only what somebody wrote.
        string[] read = count == 0 ? [] : new string[Math.Min(count, 8)];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadString(out string? tag))
                return false;
            if (i == read.Length)
                Array.Resize(ref read, Math.Min(count, 2 * i));
            read[i] = tag;
        }
        tags = ImmutableCollectionsMarshal.AsImmutableArray(read);
        return true;
    }
}
