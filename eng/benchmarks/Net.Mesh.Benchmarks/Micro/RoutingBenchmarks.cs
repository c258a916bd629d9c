using System.IO.Hashing;
using BenchmarkDotNet.Attributes;
using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Bus;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>Choosing the shard of an event: hash of all its bytes, then the high half of hash × shards.</summary>
public class RoutingBenchmarks
{
    private int _next;

    [Params(1, 4)]
    public int Shards { get; set; }

    [Benchmark]
    public int HashAndRoute64B()
    {
        _next = _next + 1 < Payloads.BlockSize ? _next + 1 : 0;
        return RoutingTable.Reduce(XxHash3.HashToUInt64(Payloads.Arrays[_next]), Shards);
    }
}
