using Net.Mesh;
using Net.Mesh.Bus;
// <block>
await using (var contract = new MyAdapterContract())
    await contract.Payloads_come_back_byte_for_byte();
await using (var contract = new MyAdapterContract())
    await contract.Reading_does_not_remove();

class MyAdapter : IEventAdapter
{
    private readonly MemoryEventAdapter _inner = new();

    public string Name => "mine";

    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => _inner.InitializeAsync(context, cancellationToken);

    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => _inner.WriteBatchAsync(batch, cancellationToken);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public ValueTask ShutdownAsync(CancellationToken cancellationToken) => _inner.ShutdownAsync(cancellationToken);

    public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
        _inner.PollShardAsync(shardId, after, limit, events, cancellationToken);

    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => _inner.GetTailAsync(shardId, cancellationToken);

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => _inner.IsHealthyAsync(cancellationToken);
}
