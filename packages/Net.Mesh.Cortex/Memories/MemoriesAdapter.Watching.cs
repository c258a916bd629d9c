using Net.Mesh.Cortex.Memories;
using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

public sealed partial class MemoriesAdapter
{
    /// <summary>
    /// The memories for which something is true, and again whenever they are others, by id. A slow follower sees only the newest. It ends when the adapter is
    /// closed.
    /// </summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<MemoryItem>> Watch(Func<MemoryItem, bool> predicate, CancellationToken cancellationToken = default) => Watch(Where(predicate), cancellationToken);

    /// <summary>The same for what a filter takes, in its order, or by id when it has none.</summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<MemoryItem>> Watch(MemoriesFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.Watch(Reader(filter), RowLists<MemoryItem>.Comparer, cancellationToken);
    }

    /// <summary>The same for a query: <c>memories.Watch(memories.Query().OrderBy(…))</c>.</summary>
    /// <exception cref="CortexException">While it is read: the fold stopped.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<IReadOnlyList<MemoryItem>> Watch(MemoriesQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Watch(query.Filter, cancellationToken);
    }

    /// <summary>
    /// The memories for which something is true, and what they become from then on, without a gap: a change that races with the call comes first, and what is equal
    /// to the snapshot does not come first.
    /// </summary>
    public (IReadOnlyList<MemoryItem> Snapshot, IAsyncEnumerable<IReadOnlyList<MemoryItem>> Changes) SnapshotAndWatch(
        Func<MemoryItem, bool> predicate, CancellationToken cancellationToken = default) => SnapshotAndWatch(Where(predicate), cancellationToken);

    /// <summary>The same for what a filter takes, in its order, or by id when it has none.</summary>
    public (IReadOnlyList<MemoryItem> Snapshot, IAsyncEnumerable<IReadOnlyList<MemoryItem>> Changes) SnapshotAndWatch(
        MemoriesFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.SnapshotAndWatch(Reader(filter), RowLists<MemoryItem>.Comparer, cancellationToken);
    }

    /// <summary>The same for a query.</summary>
    public (IReadOnlyList<MemoryItem> Snapshot, IAsyncEnumerable<IReadOnlyList<MemoryItem>> Changes) SnapshotAndWatch(
        MemoriesQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return SnapshotAndWatch(query.Filter, cancellationToken);
    }

    // Without an order the rows come as the table has them, which another event may change.
    private static Func<MemoriesState, IReadOnlyList<MemoryItem>> Reader(MemoriesFilter filter) =>
        state => MemoriesPlan.ToList(state, filter, MemoriesPlan.OrderOf(filter.OrderBy ?? MemoriesOrderBy.Id));
}
