using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex.Tasks;

/// <summary>Runs a filter over a state: looks up what it can, and looks through the rest.</summary>
internal static class TasksPlan
{
    public static List<TaskItem> ToList(TasksState state, TasksFilter filter) => ToList(state, filter, OrderOf(filter.OrderBy));

    public static List<TaskItem> ToList(TasksState state, TasksFilter filter, Comparison<TaskItem>? order)
    {
        var matcher = new Matcher(filter);
        int limit = filter.Limit ?? int.MaxValue;
        var found = new List<TaskItem>();
        foreach (bool half in Halves(filter))
            RowQuery.Collect(state.Rows.Half(half), matcher, found, order is null ? limit : int.MaxValue);
        if (order is null)
            return found;
        found.Sort(order);
        if (found.Count > limit)
            found.RemoveRange(limit, found.Count - limit);
        return found;
    }

    public static int Count(TasksState state, TasksFilter filter)
    {
        var matcher = new Matcher(filter);
        int count = 0;
        foreach (bool half in Halves(filter))
            count += RowQuery.Count(state.Rows.Half(half), matcher);
        return count;
    }

    public static TaskItem? First(TasksState state, TasksFilter filter) => First(state, filter, OrderOf(filter.OrderBy));

    public static bool Exists(TasksState state, TasksFilter filter) => First(state, filter, order: null) is not null;

    public static Comparison<TaskItem>? OrderOf(TasksOrderBy? order) => order switch
    {
        TasksOrderBy.Id => RowOrder.ById<TaskItem>(),
        TasksOrderBy.IdDescending => RowOrder.ByIdDescending<TaskItem>(),
        TasksOrderBy.Created => RowOrder.ByCreated<TaskItem>(),
        TasksOrderBy.CreatedDescending => RowOrder.ByCreatedDescending<TaskItem>(),
        TasksOrderBy.Updated => RowOrder.ByUpdated<TaskItem>(),
        TasksOrderBy.UpdatedDescending => RowOrder.ByUpdatedDescending<TaskItem>(),
        _ => null,
    };

    private static TaskItem? First(TasksState state, TasksFilter filter, Comparison<TaskItem>? order)
    {
        var matcher = new Matcher(filter);
        TaskItem? best = null;
        foreach (bool half in Halves(filter))
        {
            best = RowQuery.First(state.Rows.Half(half), matcher, order, best);
            if (best is not null && order is null)
                break;
        }
        return best;
    }

    private static ReadOnlySpan<bool> Halves(TasksFilter filter) => filter.Status switch
    {
        null => [false, true],
        TaskItemStatus.Completed => [true],
        TaskItemStatus.Pending => [false],
        _ => [],
    };

    /// <summary>All but the status, which chose where to look.</summary>
    private readonly struct Matcher(TasksFilter filter) : IRowMatcher<TaskItem>
    {
        private readonly RowRange _range = new(
            filter.CreatedAfterNs, filter.CreatedBeforeNs, filter.UpdatedAfterNs, filter.UpdatedBeforeNs, filter.Ids);

        private readonly TextMatch? _title = TextMatch.For(filter.TitleContains);
        private readonly Func<TaskItem, bool>? _predicate = filter.Predicate;

        public bool MatchesAll => _range.IsEverything && _title is null && _predicate is null;

        public bool Matches(TaskItem row) =>
            _range.Matches(row) && (_title is null || _title.IsIn(row.Title)) && (_predicate is null || _predicate(row));
    }
}
