using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>An adapter that only remembers with which nonce batches came.</summary>
internal sealed class BatchRecorder : IEventAdapter
{
    public List<ulong> Nonces { get; } = [];

    public string Name => "recorder";

    public AdapterTraits Traits => AdapterTraits.Default;

    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        lock (Nonces)
            Nonces.Add(batch.ProducerNonce);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ShardPage.Empty);

    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => ValueTask.FromResult<EventPosition?>(null);

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);
}
