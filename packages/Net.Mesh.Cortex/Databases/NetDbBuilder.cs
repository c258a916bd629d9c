using Microsoft.Extensions.Logging.Abstractions;

namespace Net.Mesh.Cortex;

/// <summary>Puts a database together: who writes, which models, and whether their logs are on disk.</summary>
public sealed class NetDbBuilder
{
    private readonly Redex _redex;
    private readonly Dictionary<object, Func<NetDbBuilder, (IAsyncDisposable Model, CortexAdapter Fold)>> _models = [];
    private OriginHash _origin;
    private bool? _isPersistent;
    private CortexAdapterOptions _defaults = new();
    private (bool IsOn, CortexAdapterOptions? Options) _tasks;
    private (bool IsOn, CortexAdapterOptions? Options) _memories;

    internal NetDbBuilder(Redex redex) => _redex = redex;

    /// <summary>Says who writes; one writer for each origin. Default: 0.</summary>
    public NetDbBuilder WithOrigin(OriginHash origin)
    {
        _origin = origin;
        return this;
    }

    /// <summary>Says who writes; one writer for each origin. Default: 0.</summary>
    public NetDbBuilder WithOrigin(ulong origin) => WithOrigin(new OriginHash(origin));

    /// <summary>Puts every model's log on disk, whatever its own options say. The store needs a directory.</summary>
    public NetDbBuilder Persistent(bool isPersistent = true)
    {
        _isPersistent = isPersistent;
        return this;
    }

    /// <summary>The options of models that are given none of their own.</summary>
    public NetDbBuilder WithDefaults(CortexAdapterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _defaults = options;
        return this;
    }

    /// <summary>Adds the tasks.</summary>
    /// <param name="options">How they behave.</param>
    public NetDbBuilder WithTasks(CortexAdapterOptions? options = null)
    {
        _tasks = (true, options);
        return this;
    }

    /// <summary>Adds the memories.</summary>
    /// <param name="options">How they behave.</param>
    public NetDbBuilder WithMemories(CortexAdapterOptions? options = null)
    {
        _memories = (true, options);
        return this;
    }

    /// <summary>Adds a model of your own; <see cref="NetDb.Model"/> finds it by itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How it behaves.</param>
    public NetDbBuilder WithModel<TState, TEvent>(CortexModel<TState, TEvent> model, CortexAdapterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _models[model] = builder =>
        {
            var adapter = new CortexAdapter<TState, TEvent>(builder._redex, model, builder._origin, builder.Of(options), snapshot: null);
            return (adapter, adapter.Cortex);
        };
        return this;
    }

    /// <summary>Opens all models, or none; returns when everything that is in their logs is folded.</summary>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.NoModelsEnabled"/>: no model was added.</exception>
    /// <exception cref="CortexException">A model could not be opened, or its fold stopped.</exception>
    /// <exception cref="ArgumentException">Options of a model are wrong.</exception>
    public ValueTask<NetDb> BuildAsync(CancellationToken cancellationToken = default) => CaughtUpAsync(new NetDbSnapshot(null, null), cancellationToken);

    /// <summary>The same from a snapshot. A model that is not in it is folded from the beginning of its log; one that was not added is passed over.</summary>
    /// <param name="snapshot">What <see cref="NetDb.Snapshot"/> returned.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="NetDbException"><see cref="NetDbErrorKind.NoModelsEnabled"/>: no model was added.</exception>
    /// <exception cref="CortexException">A model could not be opened from its snapshot, or its fold stopped.</exception>
    /// <exception cref="ArgumentException">Options of a model are wrong.</exception>
    public ValueTask<NetDb> BuildFromSnapshotAsync(NetDbSnapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return CaughtUpAsync(snapshot, cancellationToken);
    }

    /// <summary>The same from the snapshot's bytes.</summary>
    /// <param name="bundle">What <see cref="NetDbSnapshot.Encode"/> returned.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="NetDbException">The bytes are no snapshot, or no model was added.</exception>
    /// <exception cref="CortexException">A model could not be opened from its snapshot, or its fold stopped.</exception>
    public ValueTask<NetDb> BuildFromSnapshotAsync(ReadOnlyMemory<byte> bundle, CancellationToken cancellationToken = default) =>
        BuildFromSnapshotAsync(NetDbSnapshot.Decode(bundle.Span), cancellationToken);

    /// <summary>Opens all models, or none, and does not wait for their folds.</summary>
    internal NetDb Open(NetDbSnapshot snapshot)
    {
        if (!_tasks.IsOn && !_memories.IsOn && _models.Count == 0)
            throw new NetDbException(NetDbErrorKind.NoModelsEnabled, $"A database needs a model. Call {nameof(WithTasks)}, {nameof(WithMemories)} or {nameof(WithModel)}.");
        var folds = new List<CortexAdapter>();
        try
        {
            TasksAdapter? tasks = _tasks.IsOn ? new(_redex, _origin, Of(_tasks.Options), snapshot.Tasks) : null;
            if (tasks is not null)
                folds.Add(tasks.Cortex);
            MemoriesAdapter? memories = _memories.IsOn ? new(_redex, _origin, Of(_memories.Options), snapshot.Memories) : null;
            if (memories is not null)
                folds.Add(memories.Cortex);
            var models = new Dictionary<object, IAsyncDisposable>();
            foreach ((object model, Func<NetDbBuilder, (IAsyncDisposable Model, CortexAdapter Fold)> open) in _models)
            {
                (IAsyncDisposable adapter, CortexAdapter fold) = open(this);
                models[model] = adapter;
                folds.Add(fold);
            }
            return new(_redex, _origin, tasks, memories, models, folds, _redex.Options.Logger ?? NullLogger.Instance);
        }
        catch
        {
            foreach (CortexAdapter fold in folds)
                fold.Stop();
            throw;
        }
    }

    private async ValueTask<NetDb> CaughtUpAsync(NetDbSnapshot snapshot, CancellationToken cancellationToken)
    {
        NetDb db = Open(snapshot);
        try
        {
            await db.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            return db;
        }
        catch
        {
            await db.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private CortexAdapterOptions Of(CortexAdapterOptions? options)
    {
        CortexAdapterOptions own = options ?? _defaults;
        return _isPersistent is { } isPersistent ? own with { File = (own.File ?? new()) with { Persistent = isPersistent } } : own;
    }
}
