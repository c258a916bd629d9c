using Net.Mesh.Cortex.Tasks;
using Net.Mesh.Cortex.Models;

namespace Net.Mesh.Cortex;

/// <summary>
/// Tasks in a log, and what they are now. A write is appended and returns at once; <see cref="ModelAdapter{TState}.WaitForAsync"/> waits until it can be read.
/// Thread-safe.
/// </summary>
public sealed partial class TasksAdapter : ModelAdapter<TasksState>
{
    internal TasksAdapter(Redex redex, OriginHash origin, CortexAdapterOptions? options, ModelSnapshot? snapshot)
        : base(redex, TasksModel.Instance, origin, options, snapshot)
    {
    }

    /// <summary>How many tasks there are.</summary>
    public int Count => Cortex.ReadState(static state => state.Count);

    /// <summary>Opens the log <c>cortex/tasks</c>, and returns when everything that is in it is folded.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="origin">Who writes; one writer for each origin.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="CortexException">The log cannot be opened, or the fold stopped.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static ValueTask<TasksAdapter> OpenAsync(Redex redex, OriginHash origin, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
        CaughtUp.OrClosedAsync<TasksAdapter, TasksState>(new(redex, origin, options, snapshot: null), cancellationToken);

    /// <summary>The same from a snapshot: only what comes behind it is folded.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="origin">Who writes; one writer for each origin.</param>
    /// <param name="snapshot">What <see cref="ModelAdapter{TState}.Snapshot"/> returned.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="CortexException">The snapshot cannot be read, the log cannot be opened or has forgotten events, or the fold stopped.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static ValueTask<TasksAdapter> OpenFromSnapshotAsync(
        Redex redex, OriginHash origin, ModelSnapshot snapshot, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
        CaughtUp.OrClosedAsync<TasksAdapter, TasksState>(new(redex, origin, options, snapshot), cancellationToken);

    /// <summary>The task of an id, or null.</summary>
    public TaskItem? FindUnique(ulong id) => Cortex.ReadState(id, static (state, id) => state.Find(id));

    /// <summary>The tasks that a filter takes.</summary>
    public IReadOnlyList<TaskItem> FindMany(TasksFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => TasksPlan.ToList(state, filter));
    }

    /// <summary>How many tasks a filter takes; its limit is ignored.</summary>
    public int CountWhere(TasksFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => TasksPlan.Count(state, filter));
    }

    /// <summary>Whether a filter takes any; it looks no further than the first.</summary>
    public bool ExistsWhere(TasksFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => TasksPlan.Exists(state, filter));
    }

    /// <summary>Begins a query over what is there when it is asked.</summary>
    public TasksQuery Query() => new(Cortex);

    /// <summary>Begins a query for those for which something is true.</summary>
    public TasksQuery Where(Func<TaskItem, bool> predicate) => Query().Where(predicate);
}
