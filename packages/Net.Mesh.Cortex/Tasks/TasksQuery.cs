using System.Collections;
using System.Collections.Frozen;
using Net.Mesh.Cortex.Rows;
using Net.Mesh.Cortex.Tasks;

namespace Net.Mesh.Cortex;

/// <summary>
/// A question about tasks, put together step by step. Each step gives a new query, so one may be kept and asked again; each
/// asking reads the state as it is then, in one piece.
/// </summary>
/// <remarks>May be used from any thread. A predicate runs while the state is held still: it has to be quick, and must not write.</remarks>
public sealed class TasksQuery : IEnumerable<TaskItem>
{
    private readonly IStateSource<TasksState> _source;

    internal TasksQuery(IStateSource<TasksState> source, TasksFilter? filter = null)
    {
        _source = source;
        Filter = filter ?? TasksFilter.All;
    }

    /// <summary>The filter so far.</summary>
    internal TasksFilter Filter { get; }

    /// <summary>Only tasks that this filter takes, in its order and up to its limit; it replaces all that was said before.</summary>
    public TasksQuery WithFilter(TasksFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return With(filter);
    }

    /// <summary>Only tasks of this status.</summary>
    public TasksQuery WithStatus(TaskItemStatus status) => With(Filter with { Status = status });

    /// <summary>Only tasks whose title has this text in it, whatever the case.</summary>
    public TasksQuery TitleContains(string text) => With(Filter with { TitleContains = text });

    /// <summary>Only tasks with one of these ids; none at all when the list is empty.</summary>
    public TasksQuery IdIn(params IEnumerable<ulong> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return With(Filter with { Ids = ids.ToFrozenSet() });
    }

    /// <summary>Only tasks created then or later, in Unix nanoseconds.</summary>
    public TasksQuery CreatedAfter(ulong nanoseconds) => With(Filter with { CreatedAfterNs = nanoseconds });

    /// <summary>Only tasks created then or later.</summary>
    public TasksQuery CreatedAfter(DateTimeOffset time) => CreatedAfter(UnixNanoseconds.From(time));

    /// <summary>Only tasks created then or earlier, in Unix nanoseconds.</summary>
    public TasksQuery CreatedBefore(ulong nanoseconds) => With(Filter with { CreatedBeforeNs = nanoseconds });

    /// <summary>Only tasks created then or earlier.</summary>
    public TasksQuery CreatedBefore(DateTimeOffset time) => CreatedBefore(UnixNanoseconds.From(time));

    /// <summary>Only tasks last changed then or later, in Unix nanoseconds.</summary>
    public TasksQuery UpdatedAfter(ulong nanoseconds) => With(Filter with { UpdatedAfterNs = nanoseconds });

    /// <summary>Only tasks last changed then or later.</summary>
    public TasksQuery UpdatedAfter(DateTimeOffset time) => UpdatedAfter(UnixNanoseconds.From(time));

    /// <summary>Only tasks last changed then or earlier, in Unix nanoseconds.</summary>
    public TasksQuery UpdatedBefore(ulong nanoseconds) => With(Filter with { UpdatedBeforeNs = nanoseconds });

    /// <summary>Only tasks last changed then or earlier.</summary>
    public TasksQuery UpdatedBefore(DateTimeOffset time) => UpdatedBefore(UnixNanoseconds.From(time));

    /// <summary>Only tasks for which this is true, in addition to all else.</summary>
    public TasksQuery Where(Func<TaskItem, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Func<TaskItem, bool>? before = Filter.Predicate;
        return With(Filter with { Predicate = before is null ? predicate : task => before(task) && predicate(task) });
    }

    /// <summary>In this order.</summary>
    public TasksQuery OrderBy(TasksOrderBy order) => With(Filter with { OrderBy = order });

    /// <summary>At most so many, taken once they are in order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0.</exception>
    public TasksQuery Limit(int count) => With(Filter with { Limit = count });

    /// <summary>The tasks.</summary>
    public IReadOnlyList<TaskItem> ToList() => _source.Read(Filter, static (state, filter) => TasksPlan.ToList(state, filter));

    /// <summary>How many tasks there are; the limit is ignored.</summary>
    public int Count() => _source.Read(Filter, TasksPlan.Count);

    /// <summary>The first in the order, or any when there is no order; null when there is none. The limit is ignored.</summary>
    public TaskItem? FirstOrDefault() => _source.Read(Filter, static (state, filter) => TasksPlan.First(state, filter));

    /// <summary>Whether there is one. It looks no further than the first.</summary>
    public bool Any() => _source.Read(Filter, TasksPlan.Exists);

    /// <summary>The tasks as they are at this moment: <see cref="ToList"/>, one after the other.</summary>
    public IEnumerator<TaskItem> GetEnumerator() => ToList().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private TasksQuery With(TasksFilter filter) => new(_source, filter);
}
