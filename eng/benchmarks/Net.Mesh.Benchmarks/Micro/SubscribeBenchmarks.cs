using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>A subscription from its start through 10,000 stored events, per event.</summary>
public class SubscribeBenchmarks
{
    private const int Stored = 10_000;
    private EventBus _bus = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _bus = await EventBus.CreateBuilder().WithShards(4).UseMemory().BuildAsync();
        for (int i = 0; i < Stored / Payloads.BlockSize; i++)
            _bus.EmitRawBatch(Payloads.Memories);
        await _bus.FlushAsync();
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _bus.DisposeAsync();

    [Benchmark(OperationsPerInvoke = Stored)]
    public async Task<int> SubscribeRaw()
    {
        int count = 0;
        await foreach (StoredEvent _ in _bus.SubscribeAsync())
        {
            if (++count == Stored)
                break;
        }
        return count;
    }
}
