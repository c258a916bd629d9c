using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex;

/// <summary>
/// Several models over the logs of one store, opened and closed together: tasks, memories, and models of your own. Thread-safe; dispose of it to close them. The store
/// stays open.
/// </summary>
public sealed class NetDb : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<object, IAsyncDisposable> _models;
    private readonly ILogger _log;
    private readonly TasksAdapter? _tasks;
    private readonly MemoriesAdapter? _memories;

    internal NetDb(Redex redex, OriginHash origin, TasksAdapter? tasks, MemoriesAdapter? memories, IReadOnlyDictionary<object, IAsyncDisposable> models, IReadOnlyList<CortexAdapter> folds, ILogger log)
    {
        Redex = redex;
        Origin = origin;
        Folds = folds;
        _tasks = tasks;
        _memories = memories;
        _models = models;
        _log = log;
    }

    /// <summary>The store of the logs.</summary>
    public Redex Redex { get; }

    /// <summary>Who writes.</summary>
    public OriginHash Origin { get; }

    /// <summary>The tasks.</summary>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.ModelNotEnabled"/>: it was built without.</exception>
    public TasksAdapter Tasks => _tasks ?? throw Missing("tasks", nameof(NetDbBuilder.WithTasks));

    /// <summary>The memories.</summary>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.ModelNotEnabled"/>: it was built without.</exception>
    public MemoriesAdapter Memories => _memories ?? throw Missing("memories", nameof(NetDbBuilder.WithMemories));

    /// <summary>The folds of all models, to look how they do.</summary>
    public IReadOnlyList<CortexAdapter> Folds { get; }

    /// <summary>Begins to put a database together.</summary>
    /// <param name="redex">The store of the logs.</param>
    public static NetDbBuilder CreateBuilder(Redex redex)
    {
        ArgumentNullException.ThrowIfNull(redex);
        return new(redex);
    }

    /// <summary>The tasks, if it was built with them.</summary>
    public bool TryGetTasks([NotNullWhen(true)] out TasksAdapter? tasks)
    {
        tasks = _tasks;
        return tasks is not null;
    }

    /// <summary>The memories, if it was built with them.</summary>
    public bool TryGetMemories([NotNullWhen(true)] out MemoriesAdapter? memories)
    {
        memories = _memories;
        return memories is not null;
    }

    /// <summary>A model of your own.</summary>
    /// <param name="model">What was given to <see cref="NetDbBuilder.WithModel"/>.</param>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.ModelNotEnabled"/>: it was built without.</exception>
    public CortexAdapter<TState, TEvent> Model<TState, TEvent>(CortexModel<TState, TEvent> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return _models.TryGetValue(model, out IAsyncDisposable? adapter)
            ? (CortexAdapter<TState, TEvent>)adapter
            : throw Missing($"model of {model.Channel}", nameof(NetDbBuilder.WithModel));
    }

    /// <summary>Waits until everything that is in the logs now was processed.</summary>
    /// <exception cref="CortexException">A fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask CatchUpAsync(CancellationToken cancellationToken = default)
    {
        foreach (CortexAdapter fold in Folds)
            await fold.CatchUpAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The tasks, then the memories: each is whole by itself, and they are not of one instant. Models of your own have snapshots of their own.</summary>
    public NetDbSnapshot Snapshot() => new(_tasks?.Snapshot(), _memories?.Snapshot());

    /// <summary>Closes all models; the logs stay open in the store. Once is enough.</summary>
    public async ValueTask CloseAsync()
    {
        Exception? first = null;
        foreach (CortexAdapter fold in Folds)
        {
            try
            {
                await fold.CloseAsync().ConfigureAwait(false);
            }
            catch (MeshException failure)
            {
                if (first is not null)
                    FoldLog.CloseFailed(_log, fold.File.Name, failure);
                first ??= failure;
            }
        }
        if (first is not null)
            throw first;
    }

    /// <summary>Closes it; see <see cref="CloseAsync"/>.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    private static NetDbException Missing(string what, string remedy) => new(NetDbErrorKind.ModelNotEnabled, $"The database was built without the {what}. Call {remedy} on its builder.");
}
