using Net.Mesh.Cortex.Tasks;
using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

public sealed partial class TasksAdapter
{
    /// <summary>
    /// The tasks for which something is true, and again whenever they are others, by id. A slow follower sees only the newest. It ends when the adapter is
    /// closed.
    /// </summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<TaskItem>> Watch(Func<TaskItem, bool> predicate, CancellationToken cancellationToken = default) => Watch(Where(predicate), cancellationToken);

    /// <summary>The same for what a filter takes, in its order, or by id when it has none.</summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<TaskItem>> Watch(TasksFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.Watch(Reader(filter), RowLists<TaskItem>.Comparer, cancellationToken);
    }

    /// <summary>The same for a query: <c>tasks.Watch(tasks.Query().OrderBy(…))</c>.</summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<TaskItem>> Watch(TasksQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Watch(query.Filter, cancellationToken);
    }

    /// <summary>
    /// The tasks for which something is true, and what they become from then on, without a gap: a change that races with the call comes first, and what is equal
    /// to the snapshot does not come first.
    /// </summary>
    public (IReadOnlyList<TaskItem> Snapshot, IAsyncEnumerable<IReadOnlyList<TaskItem>> Changes) SnapshotAndWatch(
        Func<TaskItem, bool> predicate, CancellationToken cancellationToken = default) => SnapshotAndWatch(Where(predicate), cancellationToken);

    /// <summary>The same for what a filter takes, in its order, or by id when it has none.</summary>
    public (IReadOnlyList<TaskItem> Snapshot, IAsyncEnumerable<IReadOnlyList<TaskItem>> Changes) SnapshotAndWatch(
        TasksFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.SnapshotAndWatch(Reader(filter), RowLists<TaskItem>.Comparer, cancellationToken);
    }

    /// <summary>The same for a query.</summary>
    public (IReadOnlyList<TaskItem> Snapshot, IAsyncEnumerable<IReadOnlyList<TaskItem>> Changes) SnapshotAndWatch(
        TasksQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return SnapshotAndWatch(query.Filter, cancellationToken);
    }

    // Without an order the rows come as the table has them, which another event may change.
    private static Func<TasksState, IReadOnlyList<TaskItem>> Reader(TasksFilter filter) =>
        state => TasksPlan.ToList(state, filter, TasksPlan.OrderOf(filter.OrderBy ?? TasksOrderBy.Id));
}
