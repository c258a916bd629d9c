using BenchmarkDotNet.Attributes;

namespace Net.Mesh.Benchmarks.Micro;

/// <summary>A filter against one event, its JSON parsed each time.</summary>
public class FilterBenchmarks
{
    private readonly Filter _equality = Filter.Eq("token.type", "word");
    private readonly Filter _nested = Filter.And(Filter.Eq("token.type", "word"), Filter.Or(Filter.Eq("index", 7), Filter.Not(Filter.Eq("flag", true))));
    private readonly byte[] _event = """{"index":42,"flag":false,"token":{"type":"word","text":"hello"}}"""u8.ToArray();

    [Benchmark(Baseline = true)]
    public bool MatchEquality() => _equality.Matches(_event);

    [Benchmark]
    public bool MatchNested() => _nested.Matches(_event);
}
