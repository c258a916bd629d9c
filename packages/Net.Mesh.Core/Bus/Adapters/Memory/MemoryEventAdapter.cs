using System.Collections.Concurrent;

namespace Net.Mesh.Bus;

/// <summary>
/// Keeps the newest events of each shard in this process; reading does not remove them, and every reader has a cursor of its
/// own (spec 05 §12). Thread-safe.
/// </summary>
public sealed class MemoryEventAdapter : IEventAdapter
{
    private readonly MemoryAdapterOptions _options;
    private readonly ConcurrentDictionary<ushort, MemoryShard> _shards = new();
    private AdapterContext? _context;
    private volatile bool _isShutdown;

    /// <summary>Creates the adapter.</summary>
    /// <param name="options">How much is kept; null means as many events as the ring of the bus holds.</param>
    /// <exception cref="EventBusException">The options are invalid; the message lists every problem.</exception>
    public MemoryEventAdapter(MemoryAdapterOptions? options = null)
    {
        _options = options ?? new();
        string problems = string.Join("; ", _options.Validate());
        if (problems.Length > 0)
            throw new EventBusException(EventBusException.Configuration, $"invalid configuration: {problems}.");
    }

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.CompareExchange(ref _context, context, null);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        AdapterContext context = Running();
        if (batch.Count > 0)
            _shards.GetOrAdd(batch.ShardId, static (_, state) => state.Adapter.NewShard(state.Context), (Adapter: this, Context: context)).Append(batch.Events.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Running();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        _isShutdown = true;
        _shards.Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        cancellationToken.ThrowIfCancellationRequested();
        Running();
        ulong? position = null;
        if (after is { } id)
        {
            if (!id.TryGetNumber(out ulong number))
                throw new AdapterException(AdapterErrorKind.Fatal,
                    $"the position \"{id}\" of shard {shardId} is not one of the memory adapter (a decimal number). Reset the cursor after moving to another backend");
            position = number;
        }
        return ValueTask.FromResult(_shards.TryGetValue(shardId, out MemoryShard? shard) ? shard.Read(position, limit, events) : ShardPage.Empty);
    }

    /// <inheritdoc/>
    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        Running();
        EventPosition? tail = _shards.TryGetValue(shardId, out MemoryShard? shard) && shard.NewestId is { } id ? EventPosition.FromNumber(id) : null;
        return ValueTask.FromResult(tail);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken)
    {
        Running();
        return ValueTask.FromResult<IReadOnlyList<ushort>>([.. _shards.Keys.Order()]);
    }

    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(_context is not null && !_isShutdown);

    private MemoryShard NewShard(AdapterContext context) =>
        new(_options.MaxEvents ?? context.BufferCapacity, _options.MaxBytes ?? long.MaxValue, _options.MaxAge, context.TimeProvider);

    private AdapterContext Running() => !_isShutdown && _context is { } context
        ? context
        : throw new AdapterException(AdapterErrorKind.Shutdown, _isShutdown ? "the memory adapter was shut down" : "the memory adapter was not initialised");
}
