using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>
/// All tasks that a log holds. The fold changes it; everyone else reads. Reading is safe from any number of threads as long as
/// the fold does not run: inside an adapter's read it does not, and the state is not to be kept beyond that.
/// </summary>
public sealed class TasksState : IStateSource<TasksState>
{
    /// <summary>No tasks.</summary>
    public TasksState()
        : this(capacity: 0)
    {
    }

    internal TasksState(int capacity) => Rows = new RowTable<TaskItem>(capacity);

    /// <summary>How many tasks there are.</summary>
    public int Count => Rows.Count;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Rows.Count == 0;

    /// <summary>All tasks, in no order; nothing is copied.</summary>
    public IEnumerable<TaskItem> All => Rows.All();

    /// <summary>Those that are to be done, in no order.</summary>
    public IEnumerable<TaskItem> Pending => Query().WithStatus(TaskItemStatus.Pending);

    /// <summary>Those that are done, in no order.</summary>
    public IEnumerable<TaskItem> Completed => Query().WithStatus(TaskItemStatus.Completed);

    internal RowTable<TaskItem> Rows { get; }

    /// <summary>The task of an id, or null.</summary>
    public TaskItem? Find(ulong id) => Rows.Find(id);

    /// <summary>Whether there is a task of this id.</summary>
    public bool Contains(ulong id) => Rows.Find(id) is not null;

    /// <summary>How many tasks have a status. It costs nothing.</summary>
    public int CountOf(TaskItemStatus status) => Rows.Half(status == TaskItemStatus.Completed).Length;

    /// <summary>A query over this state.</summary>
    public TasksQuery Query() => new(this);

    TResult IStateSource<TasksState>.Read<TArgument, TResult>(TArgument argument, Func<TasksState, TArgument, TResult> read) => read(this, argument);

    internal void Set(TaskItem task) => Rows.Set(task);

    internal void Remove(ulong id) => Rows.Remove(id);
}
