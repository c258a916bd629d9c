using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>An emit that is refused because the ring is full and the adapter does not return.</summary>
public class RejectedEmitBenchmarks
{
    private readonly StuckAdapter _adapter = new();
    private EventBus _bus = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _bus = await EventBus.CreateBuilder().WithShards(1).WithBufferCapacity(1024).WithBackpressure(Backpressure.FailProducer)
            .WithBatch(new BatchOptions { MinSize = 1, MaxSize = 1000, MaxDelay = TimeSpan.FromMilliseconds(1) })
            .WithAdapterTimeout(TimeSpan.FromHours(1))
            .UseAdapter(_adapter).BuildAsync();
        // Stuck for good once a whole second passes without the bus taking anything.
        for (long quietSince = Environment.TickCount64; Environment.TickCount64 - quietSince < 1000;)
        {
            if (_bus.TryEmitRaw(Payloads.Arrays[0].AsSpan(), out _, out _))
                quietSince = Environment.TickCount64;
        }
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        _adapter.Release();
        await _bus.DisposeAsync();
    }

    [Benchmark]
    public bool TryEmitRawRejected() => _bus.TryEmitRaw(Payloads.Arrays[0].AsSpan(), out _, out _);

    private sealed class StuckAdapter : IEventAdapter
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => "stuck";

        public void Release() => _released.TrySetResult();

        public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => new(_released.Task.WaitAsync(cancellationToken));

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ShardPage> PollShardAsync(
            ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) => new(ShardPage.Empty);

        public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => new((EventPosition?)null);

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => new(true);
    }
}
