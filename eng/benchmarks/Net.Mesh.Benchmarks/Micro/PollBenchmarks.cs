using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>One page of raw events from the memory adapter, four shards, from the middle of what is stored.</summary>
public class PollBenchmarks
{
    private const int Stored = 20_000;
    private EventBus _bus = null!;
    private PollRequest _request = null!;

    [Params(100, 1000)]
    public int PageSize { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _bus = await EventBus.CreateBuilder().WithShards(4).UseMemory().BuildAsync();
        for (int i = 0; i < Stored / Payloads.BlockSize; i++)
            _bus.EmitRawBatch(Payloads.Memories);
        await _bus.FlushAsync();
        using PollResponse first = await _bus.PollAsync(new PollRequest { Limit = Stored / 2 });
        _request = new() { Limit = PageSize, Cursor = first.Cursor };
    }

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _bus.DisposeAsync();

    [Benchmark]
    public async Task<int> PollRawPage()
    {
        using PollResponse page = await _bus.PollAsync(_request);
        return page.EventSpan.Length;
    }

    [Benchmark]
    public async Task<string?> PollRawPageWithCursor()
    {
        using PollResponse page = await _bus.PollAsync(_request);
        return page.Cursor;
    }
}
