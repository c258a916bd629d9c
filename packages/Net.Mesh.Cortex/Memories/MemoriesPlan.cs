using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex.Memories;

/// <summary>Runs a filter over a state: looks up what it can, and looks through the rest.</summary>
internal static class MemoriesPlan
{
    public static List<MemoryItem> ToList(MemoriesState state, MemoriesFilter filter) => ToList(state, filter, OrderOf(filter.OrderBy));

    public static List<MemoryItem> ToList(MemoriesState state, MemoriesFilter filter, Comparison<MemoryItem>? order)
    {
        int limit = filter.Limit ?? int.MaxValue;
        int needed = order is null ? limit : int.MaxValue;
        var found = new List<MemoryItem>();
        var matcher = new MemoryMatcher(filter);
        if (filter.Tag is { } tag)
        {
            if (state.Tags.TryFind(tag, out HashSet<MemoryItem>? tagged))
                RowQuery.Collect(tagged, matcher, found, needed);
        }
        else
        {
            foreach (bool half in Halves(filter))
                RowQuery.Collect(state.Rows.Half(half), matcher, found, needed);
        }
        if (order is null)
            return found;
        found.Sort(order);
        if (found.Count > limit)
            found.RemoveRange(limit, found.Count - limit);
        return found;
    }

    public static int Count(MemoriesState state, MemoriesFilter filter)
    {
        var matcher = new MemoryMatcher(filter);
        if (filter.Tag is { } tag)
            return state.Tags.TryFind(tag, out HashSet<MemoryItem>? tagged) ? RowQuery.Count(tagged, matcher) : 0;
        int count = 0;
        foreach (bool half in Halves(filter))
            count += RowQuery.Count(state.Rows.Half(half), matcher);
        return count;
    }

    public static MemoryItem? First(MemoriesState state, MemoriesFilter filter) => First(state, filter, OrderOf(filter.OrderBy));

    public static bool Exists(MemoriesState state, MemoriesFilter filter) => First(state, filter, order: null) is not null;

    public static Comparison<MemoryItem>? OrderOf(MemoriesOrderBy? order) => order switch
    {
        MemoriesOrderBy.Id => RowOrder.ById<MemoryItem>(),
        MemoriesOrderBy.IdDescending => RowOrder.ByIdDescending<MemoryItem>(),
        MemoriesOrderBy.Created => RowOrder.ByCreated<MemoryItem>(),
        MemoriesOrderBy.CreatedDescending => RowOrder.ByCreatedDescending<MemoryItem>(),
        MemoriesOrderBy.Updated => RowOrder.ByUpdated<MemoryItem>(),
        MemoriesOrderBy.UpdatedDescending => RowOrder.ByUpdatedDescending<MemoryItem>(),
        _ => null,
    };

    private static MemoryItem? First(MemoriesState state, MemoriesFilter filter, Comparison<MemoryItem>? order)
    {
        var matcher = new MemoryMatcher(filter);
        if (filter.Tag is { } tag)
            return state.Tags.TryFind(tag, out HashSet<MemoryItem>? tagged) ? RowQuery.First(tagged, matcher, order) : null;
        MemoryItem? best = null;
        foreach (bool half in Halves(filter))
        {
            best = RowQuery.First(state.Rows.Half(half), matcher, order, best);
            if (best is not null && order is null)
                break;
        }
        return best;
    }

    private static ReadOnlySpan<bool> Halves(MemoriesFilter filter) => filter.IsPinned switch
    {
        null => [false, true],
        true => [true],
        false => [false],
    };
}
