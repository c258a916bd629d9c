using System.Text.Json.Serialization;
using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>
/// One emit, seen from the producer, on a bus of one shard over the no-op adapter. A full ring evicts, so an emit never fails.
/// </summary>
public partial class EmitBenchmarks
{
    private readonly TokenEvent _value = new("hello, this is a token", 7);
    private EventBus _bus = null!;
    private int _next;

    [GlobalSetup]
    public async Task SetUpAsync() =>
        _bus = await EventBus.CreateBuilder().WithShards(1).WithBackpressure(Backpressure.DropOldest).UseNoop().BuildAsync();

    [GlobalCleanup]
    public async Task CleanUpAsync() => await _bus.DisposeAsync();

    [Benchmark(Baseline = true)]
    public Receipt EmitRawSpan64B() => _bus.EmitRaw(Payloads.Arrays[Next()].AsSpan());

    [Benchmark]
    public Receipt EmitRawMemory64B() => _bus.EmitRaw(Payloads.Memories[Next()]);

    [Benchmark]
    public Receipt EmitString64B() => _bus.EmitString(Payloads.Texts[Next()]);

    [Benchmark]
    public Receipt EmitJsonTypeInfo() => _bus.Emit(_value, TokenJson.Default.TokenEvent);

    [Benchmark(OperationsPerInvoke = Payloads.BlockSize)]
    public int EmitRawBatch1000() => _bus.EmitRawBatch(Payloads.Memories);

    private int Next() => _next = _next + 1 < Payloads.BlockSize ? _next + 1 : 0;

    internal sealed record TokenEvent(string Token, int Index);

    [JsonSerializable(typeof(TokenEvent))]
    internal sealed partial class TokenJson : JsonSerializerContext;
}
