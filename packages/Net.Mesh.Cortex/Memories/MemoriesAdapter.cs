using Net.Mesh.Cortex.Memories;
using Net.Mesh.Cortex.Models;

namespace Net.Mesh.Cortex;

/// <summary>
/// Memories in a log, and what they are now. A write is appended and returns at once; <see cref="ModelAdapter{TState}.WaitForAsync"/> waits until it can be read.
/// Thread-safe.
/// </summary>
public sealed partial class MemoriesAdapter : ModelAdapter<MemoriesState>
{
    internal MemoriesAdapter(Redex redex, OriginHash origin, CortexAdapterOptions? options, ModelSnapshot? snapshot)
        : base(redex, MemoriesModel.Instance, origin, options, snapshot)
    {
    }

    /// <summary>How many memories there are.</summary>
    public int Count => Cortex.ReadState(static state => state.Count);

    /// <summary>Opens the log <c>cortex/memories</c>, and returns when everything that is in it is folded.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="origin">Who writes; one writer for each origin.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="CortexException">The log cannot be opened, or the fold stopped.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static ValueTask<MemoriesAdapter> OpenAsync(Redex redex, OriginHash origin, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
        CaughtUp.OrClosedAsync<MemoriesAdapter, MemoriesState>(new(redex, origin, options, snapshot: null), cancellationToken);

    /// <summary>The same from a snapshot: only what comes behind it is folded.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="origin">Who writes; one writer for each origin.</param>
    /// <param name="snapshot">What <see cref="ModelAdapter{TState}.Snapshot"/> returned.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="CortexException">The snapshot cannot be read, the log cannot be opened or has forgotten events, or the fold stopped.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static ValueTask<MemoriesAdapter> OpenFromSnapshotAsync(
        Redex redex, OriginHash origin, ModelSnapshot snapshot, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
        CaughtUp.OrClosedAsync<MemoriesAdapter, MemoriesState>(new(redex, origin, options, snapshot), cancellationToken);

    /// <summary>The memory of an id, or null.</summary>
    public MemoryItem? FindUnique(ulong id) => Cortex.ReadState(id, static (state, id) => state.Find(id));

    /// <summary>The memories that a filter takes.</summary>
    public IReadOnlyList<MemoryItem> FindMany(MemoriesFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => MemoriesPlan.ToList(state, filter));
    }

    /// <summary>How many memories a filter takes; its limit is ignored.</summary>
    public int CountWhere(MemoriesFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => MemoriesPlan.Count(state, filter));
    }

    /// <summary>Whether a filter takes any; it looks no further than the first.</summary>
    public bool ExistsWhere(MemoriesFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Cortex.ReadState(filter, static (state, filter) => MemoriesPlan.Exists(state, filter));
    }

    /// <summary>Begins a query over what is there when it is asked.</summary>
    public MemoriesQuery Query() => new(Cortex);

    /// <summary>Begins a query for those for which something is true.</summary>
    public MemoriesQuery Where(Func<MemoryItem, bool> predicate) => Query().Where(predicate);
}
