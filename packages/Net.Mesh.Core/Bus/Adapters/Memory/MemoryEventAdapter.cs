namespace Net.Mesh.Bus;

/// <summary>Keeps the newest events of each shard in this process; reading does not remove them. Thread-safe.</summary>
public sealed class MemoryEventAdapter : IEventAdapter
{
    /// <summary>Creates the adapter.</summary>
    /// <param name="options">How much is kept; null means as many events as the ring of the bus holds.</param>
    public MemoryEventAdapter(MemoryAdapterOptions? options = null) => _ = options;

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask ShutdownAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventId? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask<EventId?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => throw new InvalidOperationException("draft");

    /// <inheritdoc/>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("draft");
}
