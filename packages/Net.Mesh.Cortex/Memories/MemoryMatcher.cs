using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex.Memories;

/// <summary>All of a filter but the one tag, which chose where to look.</summary>
internal readonly struct MemoryMatcher(MemoriesFilter filter) : IRowMatcher<MemoryItem>
{
    private readonly RowRange _range = new(
        filter.CreatedAfterNs, filter.CreatedBeforeNs, filter.UpdatedAfterNs, filter.UpdatedBeforeNs, filter.Ids);

    private readonly TextMatch? _content = TextMatch.For(filter.ContentContains);

    // Rows of a half are all pinned or all not; those of a tag are both.
    private readonly bool? _isPinned = filter.Tag is null ? null : filter.IsPinned;

    public bool MatchesAll => _range.IsEverything
        && _content is null
        && _isPinned is null
        && filter.Source is null
        && filter.AnyTag.Count == 0
        && filter.AllTags.Count == 0
        && filter.Predicate is null;

    public bool Matches(MemoryItem row) =>
        (_isPinned is null || row.IsPinned == _isPinned)
        && _range.Matches(row)
        && (filter.Source is null || row.Source == filter.Source)
        && (filter.AnyTag.Count == 0 || HasAny(row, filter.AnyTag))
        && (filter.AllTags.Count == 0 || HasAll(row, filter.AllTags))
        && (_content is null || _content.IsIn(row.Content))
        && (filter.Predicate is null || filter.Predicate(row));

    private static bool HasAny(MemoryItem row, IReadOnlyList<string> tags)
    {
        for (int i = 0; i < tags.Count; i++)
        {
            if (row.Tags.AsSpan().Contains(tags[i]))
                return true;
        }
        return false;
    }

    private static bool HasAll(MemoryItem row, IReadOnlyList<string> tags)
    {
        for (int i = 0; i < tags.Count; i++)
        {
            if (!row.Tags.AsSpan().Contains(tags[i]))
                return false;
        }
        return true;
    }
}
