using CsCheck;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>What holds for every predicate and every set.</summary>
public sealed class PredicatePropertyTests
{
    [Fact]
    public void The_order_never_changes_the_answer() =>
        Gen.Select(PredicateGenerator.Trees, PredicateGenerator.Sets).Sample((predicate, set) =>
        {
            bool answer = PlainAnswer(predicate, set);
            Assert.Equal(answer, predicate.EvaluateUnplanned(set));
            Assert.Equal(answer, predicate.Evaluate(set));
            Assert.Equal(answer, predicate.EvaluateWithIndex(set, new SomeCardinality()));
            Assert.Equal(answer, predicate.EvaluateWithTrace(set).Result);
            Assert.Equal(answer, predicate.EvaluateWithTrace(set, withSkipped: true).Result);
            Assert.Equal(!answer, (!predicate).Evaluate(set));
        }, iter: 5000);

    [Fact]
    public void What_is_written_reads_back_with_the_same_bytes() => PredicateGenerator.Trees.Sample(predicate =>
    {
        byte[] bytes = predicate.ToJsonUtf8();
        Assert.True(Predicate.TryFromJson(bytes, out Predicate? read, out PredicateWireError error), error.ToString());
        Assert.Equal(predicate, read);
        Assert.Equal(predicate.GetHashCode(), read.GetHashCode());
        Assert.Equal(bytes, read.ToJsonUtf8());
    }, iter: 3000);

    [Fact]
    public void Damaged_bytes_never_throw() =>
        Gen.Select(PredicateGenerator.Trees, Gen.Int[0, 10_000], Gen.Byte, Gen.Int[0, 2]).Sample((predicate, at, value, how) =>
        {
            byte[] bytes = predicate.ToJsonUtf8();
            at %= bytes.Length;
            byte[] damaged = how switch
            {
                0 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
                1 => bytes[..at],
                _ => [.. bytes[..at], value, .. bytes[at..]],
            };
            bool isRead = Predicate.TryFromJson(damaged, out Predicate? read, out PredicateWireError error);
            Assert.Equal(isRead, error == PredicateWireError.None);
            if (isRead)
                Assert.Equal(read, Predicate.FromJson(read!.ToJsonUtf8()));
        }, iter: 10_000);

    [Fact]
    public void Noise_never_throws() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        bool isRead = Predicate.TryFromJson(bytes, out _, out PredicateWireError error);
        Assert.Equal(isRead, error == PredicateWireError.None);
    }, iter: 5000);

    [Fact]
    public void A_report_counts_what_the_traces_show() => Gen.Select(PredicateGenerator.Trees, PredicateGenerator.Sets.Array[0, 4]).Sample((predicate, sets) =>
    {
        PredicateTrace[] traces = [.. sets.Select(set => predicate.EvaluateWithTrace(set))];
        PredicateDebugReport report = PredicateDebugReport.FromEvaluations(predicate, sets);
        Assert.Equal(sets.Length, report.TotalCandidates);
        Assert.Equal(traces.Count(t => t.Result), report.Matched);
        Dictionary<string, ClauseStats> expected = traces.SelectMany(Nodes).GroupBy(t => t.Label).ToDictionary(
            g => g.Key, g => new ClauseStats(g.Key, g.Count(), g.Count(t => t.Result)));
        Assert.Equal(expected, report.Clauses.ToDictionary(c => c.Label));
    }, iter: 1000);

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-5)]
    [InlineData(123456789.125)]
    public void Numbers_read_back_bit_for_bit(double number) => AssertReadsBack(number);

    [Fact]
    public void All_numbers_read_back_bit_for_bit() => PredicateGenerator.Numbers.Sample(AssertReadsBack, iter: 3000);

    private static void AssertReadsBack(double number)
    {
        Predicate predicate = Predicate.FromJson(Predicate.AtLeast("hardware.x", number).ToJsonUtf8());
        Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits(predicate.Min));
    }

    private static IEnumerable<PredicateTrace> Nodes(PredicateTrace trace) => trace.Children.SelectMany(Nodes).Prepend(trace);

    // The rules of spec 04 §13.1, in the plainest way.
    private static bool PlainAnswer(Predicate predicate, CapabilitySet set) => predicate.Kind switch
    {
        PredicateKind.And => predicate.Clauses.All(c => PlainAnswer(c, set)),
        PredicateKind.Or => predicate.Clauses.Any(c => PlainAnswer(c, set)),
        PredicateKind.Not => !PlainAnswer(predicate.Clauses[0], set),
        _ => PredicateClauses.IsTrue(predicate, set),
    };

    private sealed class SomeCardinality : ICardinalityProvider
    {
        public int DistinctValues(TagKey key) => key.Key.Length - 1; // also 0 and -1, which mean unknown
    }
}
