using Net.Mesh.Cortex.Memories;
using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>
/// All memories that a log holds. The fold changes it; everyone else reads. Reading is safe from any number of threads as long
/// as the fold does not run: inside an adapter's read it does not, and the state is not to be kept beyond that.
/// </summary>
public sealed class MemoriesState : IStateSource<MemoriesState>
{
    /// <summary>No memories.</summary>
    public MemoriesState()
        : this(capacity: 0)
    {
    }

    internal MemoriesState(int capacity) => Rows = new RowTable<MemoryItem>(capacity);

    /// <summary>How many memories there are.</summary>
    public int Count => Rows.Count;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Rows.Count == 0;

    /// <summary>All memories, in no order; nothing is copied.</summary>
    public IEnumerable<MemoryItem> All => Rows.All();

    /// <summary>Those that are pinned, in no order.</summary>
    public IEnumerable<MemoryItem> Pinned => Query().Pinned();

    /// <summary>Those that are not pinned, in no order.</summary>
    public IEnumerable<MemoryItem> Unpinned => Query().Pinned(isPinned: false);

    internal RowTable<MemoryItem> Rows { get; }

    internal TagIndex Tags { get; } = new();

    /// <summary>The memory of an id, or null.</summary>
    public MemoryItem? Find(ulong id) => Rows.Find(id);

    /// <summary>Whether there is a memory of this id.</summary>
    public bool Contains(ulong id) => Rows.Find(id) is not null;

    /// <summary>A query over this state.</summary>
    public MemoriesQuery Query() => new(this);

    TResult IStateSource<MemoriesState>.Read<TArgument, TResult>(TArgument argument, Func<MemoriesState, TArgument, TResult> read) => read(this, argument);

    internal void Set(MemoryItem memory) => Tags.Replace(Rows.Set(memory), memory);

    internal void Remove(ulong id) => Tags.Replace(Rows.Remove(id), null);
}
