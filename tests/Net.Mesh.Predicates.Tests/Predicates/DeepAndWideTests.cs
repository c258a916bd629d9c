using System.Text;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Predicates of unusual shape, honest and hostile (spec 04 §13.2).</summary>
public sealed class DeepAndWideTests
{
    [Fact]
    public void Ten_thousand_negations_do_everything_without_a_deep_stack()
    {
        Predicate predicate = Deep(10_000);
        CapabilitySet set = CapabilitySet.FromTags("hardware.gpu");
        Assert.True(predicate.Evaluate(set));
        Assert.True(predicate.EvaluateUnplanned(set));
        Assert.True(predicate.EvaluateWithIndex(set, new NoCardinality()));
        PredicateTrace trace = predicate.EvaluateWithTrace(set);
        Assert.True(trace.Result);
        Assert.Equal(10_000, trace.RedactMetadataKeys("a").ToString().Count(c => c == '\n'));
        Assert.Equal(2, PredicateDebugReport.FromEvaluations(predicate, [set]).Clauses.Count);

        Predicate read = Predicate.FromJson(predicate.ToJsonUtf8());
        Assert.Equal(predicate, read);
        Assert.Equal(predicate.ToString(), read.ToString());
        Assert.False(PredicateHeader.TryEncode(predicate, out _));
    }

    [Fact]
    public void A_predicate_has_a_bound()
    {
        Predicate predicate = Predicate.Exists("hardware.gpu");
        for (int i = 0; i < 15; i++)
            predicate = Predicate.And(predicate, predicate);
        Assert.Equal(65_535, predicate.NodeCount);
        Assert.Throws<ArgumentException>(() => Predicate.And(predicate, predicate));
    }

    [Fact]
    public void A_child_of_two_parents_is_refused_before_it_unfolds()
    {
        var text = new StringBuilder("""{"nodes":[{"kind":"metadata_exists","key":"a"}""");
        for (int i = 0; i < 90; i++)
            text.Append($$""",{"kind":"and","children":[{{i}},{{i}}]}""");
        byte[] bytes = Encoding.UTF8.GetBytes(text.Append("""],"root_idx":90}""").ToString());
        Assert.InRange(bytes.Length, 0, PredicateHeader.MaxValueLength);
        Assert.False(PredicateHeader.TryDecode(bytes, out _, out PredicateWireError error));
        Assert.Equal(PredicateWireError.SharedChild, error);
    }

    [Fact]
    public void Nodes_that_the_root_does_not_reach_are_not_looked_at()
    {
        Predicate read = Predicate.FromJson("""{"nodes":[{"kind":"metadata_exists","key":"a"},{"kind":"not","child":7},{"kind":"not","child":0}],"root_idx":2}"""u8);
        Assert.Equal(!Predicate.MetadataExists("a"), read);
    }

    [Fact]
    public void Members_of_other_kinds_are_left_out_unread()
    {
        Predicate read = Predicate.FromJson("""{"nodes":[{"threshold":"no number","kind":"exists","children":null,"key":{"key":"gpu","x":[],"axis":"hardware"}}],"root_idx":0,"more":{}}"""u8);
        Assert.Equal(Predicate.Exists("hardware.gpu"), read);
    }

    [Theory]
    [InlineData("""{"nodes":[{"kind":"exists","kind":"exists","key":{"axis":"hardware","key":"a"}}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"exists","key":{"axis":"hardware","axis":"hardware","key":"a"}}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"exists","key":"hardware.a"}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"exists"}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_equals","key":"a"}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_numeric_at_least","key":"a","threshold":1e999}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_numeric_at_least","key":"a","threshold":"5"}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_equals","key":"a","value":"\ud83d"}],"root_idx":0}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_exists","key":"a"}],"root_idx":-1}""")]
    [InlineData("""{"nodes":[{"kind":"metadata_exists","key":"a"}],"root_idx":0}x""")]
    [InlineData("""{"nodes":[{"kind":"metadata_exists","key":"a"}]}""")]
    [InlineData("""{"root_idx":0}""")]
    [InlineData("")]
    public void What_is_no_predicate_is_refused(string json)
    {
        Assert.False(Predicate.TryFromJson(Encoding.UTF8.GetBytes(json), out _, out PredicateWireError error));
        Assert.Equal(PredicateWireError.Json, error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Joints_without_clauses_have_an_answer_wherever_they_stand(bool isAnd)
    {
        Predicate empty = isAnd ? Predicate.And() : Predicate.Or();
        Assert.Equal(isAnd, empty.Evaluate(CapabilitySet.Empty));
        Assert.Equal(!isAnd, (!empty).Evaluate(CapabilitySet.Empty));
        Assert.Equal(isAnd, Predicate.And(empty, Predicate.And(), empty).Evaluate(CapabilitySet.Empty));
        Assert.Equal(isAnd, Predicate.Or(Predicate.Or(), empty, Predicate.Or()).EvaluateUnplanned(CapabilitySet.Empty));
    }

    private static Predicate Deep(int depth)
    {
        Predicate predicate = Predicate.Exists("hardware.gpu");
        for (int i = 0; i < depth; i++)
            predicate = !predicate;
        return predicate;
    }

    private sealed class NoCardinality : ICardinalityProvider
    {
        public int DistinctValues(TagKey key) => 0;
    }
}
