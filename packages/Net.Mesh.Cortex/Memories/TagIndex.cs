using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex.Memories;

/// <summary>The memories of each tag. A tag that no memory has takes no place.</summary>
internal sealed class TagIndex
{
    private readonly Dictionary<string, HashSet<MemoryItem>> _byTag = new(StringComparer.Ordinal);

    public bool TryFind(string tag, [NotNullWhen(true)] out HashSet<MemoryItem>? memories) => _byTag.TryGetValue(tag, out memories);

    public void Replace(MemoryItem? before, MemoryItem? after)
    {
        if (before is not null)
            Remove(before);
        if (after is not null)
            Add(after);
    }

    private void Add(MemoryItem memory)
    {
        foreach (string tag in memory.Tags)
        {
            if (!_byTag.TryGetValue(tag, out HashSet<MemoryItem>? memories))
                _byTag[tag] = memories = new HashSet<MemoryItem>(ReferenceEqualityComparer.Instance);
            memories.Add(memory);
        }
    }

    private void Remove(MemoryItem memory)
    {
        foreach (string tag in memory.Tags)
        {
            // A tag that comes twice is gone the second time.
            if (_byTag.TryGetValue(tag, out HashSet<MemoryItem>? memories) && memories.Remove(memory) && memories.Count == 0)
                _byTag.Remove(tag);
        }
    }
}
