using BenchmarkDotNet.Attributes;
using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>A RedEX log in memory: each turn fills a new one, so that what it keeps counts as allocated.</summary>
public class RedexBenchmarks
{
    private const int Entries = 64_000;

    private readonly byte[] _inline = new byte[8];
    private readonly byte[] _heap = new byte[32];
    private readonly ReadOnlyMemory<byte>[] _batch = [.. Enumerable.Range(0, 64).Select(_ => (ReadOnlyMemory<byte>)new byte[64])];
    private readonly Redex _redex = new();
    private RedexFile _full = null!;

    [GlobalSetup]
    public void Fill()
    {
        _full = _redex.Open("bench/full");
        for (int i = 0; i < Entries; i++)
            _full.Append(_heap);
    }

    [Benchmark(OperationsPerInvoke = Entries)]
    public async Task AppendInline8Bytes()
    {
        await using RedexFile log = _redex.Open("bench/inline");
        for (int i = 0; i < Entries; i++)
            log.AppendInline(_inline);
    }

    [Benchmark(OperationsPerInvoke = Entries)]
    public async Task Append32Bytes()
    {
        await using RedexFile log = _redex.Open("bench/heap");
        for (int i = 0; i < Entries; i++)
            log.Append(_heap);
    }

    [Benchmark(OperationsPerInvoke = Entries)]
    public async Task AppendBatchesOf64Times64Bytes()
    {
        await using RedexFile log = _redex.Open("bench/batch");
        for (int i = 0; i < Entries / 64; i++)
            log.AppendBatch(_batch);
    }

    [Benchmark]
    public bool ReadOne() => _full.TryReadOne(Entries / 2, out _);

    [GlobalCleanup]
    public async Task Close() => await _redex.DisposeAsync();
}
