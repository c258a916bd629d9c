using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Capabilities.Tests.Announcements;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Index;

public sealed class AggregateTests
{
    private static readonly TagKey Memory = TagKey.Parse("hardware.memory_gb");
    private static readonly TagKey Python = TagKey.Parse("software.runtime.python");

    private readonly FakeTimeProvider _clock = Samples.Clock();

    [Fact]
    public void Nodes_are_put_into_buckets_that_come_in_order()
    {
        CapabilityIndex index = New();
        Assert.Equal([("0x0", 4ul)], Rows(index, CapabilityGrouping.Class));
        Assert.Equal([("idle", 4ul)], Rows(index, CapabilityGrouping.State));
        Assert.Equal([("(none)", 2ul), ("eu", 1ul), ("us", 1ul)], Rows(index, CapabilityGrouping.Region));
        Assert.Equal([("0x1", 1ul), ("0x1f", 1ul), ("0x2", 1ul), ("0x3", 1ul)], Rows(index, CapabilityGrouping.Publisher));
        Assert.Equal([("(present)", 2ul), ("vendor=amd", 1ul), ("vendor=nvidia", 1ul)], Rows(index, CapabilityGrouping.TagStem("hardware.gpu")));
        Assert.Equal([("memory_gb=16", 1ul), ("memory_gb=64", 2ul), ("memory_gb=much", 1ul)], Rows(index, CapabilityGrouping.TagStem("hardware.")).Where(row => row.Bucket.StartsWith('m')));
        Assert.Equal([("16", 1ul), ("64", 2ul), ("much", 1ul)], Rows(index, CapabilityGrouping.TagValue(Memory)));
    }

    [Fact]
    public void Each_figure_is_of_the_nodes_in_its_bucket()
    {
        CapabilityIndex index = New();
        Assert.Equal(4ul, One(CapabilityAggregation.Count));
        Assert.Equal(4ul, One(CapabilityAggregation.DistinctPublishers));
        Assert.Equal(3ul, One(CapabilityAggregation.DistinctValues(Memory)));
        Assert.Equal(144ul, One(CapabilityAggregation.SumNumericTag(Memory))); // "much" is no number
        Assert.Equal(16ul, One(CapabilityAggregation.MinNumericTag(Memory)));
        Assert.Equal(64ul, One(CapabilityAggregation.MaxNumericTag(Memory)));
        Assert.Equal(0ul, One(CapabilityAggregation.MinNumericTag(TagKey.Parse("hardware.none"))));
        index.Apply(Of(9, $"hardware.memory_gb={ulong.MaxValue}"));
        Assert.Equal(ulong.MaxValue, One(CapabilityAggregation.SumNumericTag(Memory)));

        ulong One(CapabilityAggregation aggregation) => index.Aggregate(CapabilityGrouping.Class, aggregation).Single().Value;
    }

    [Fact]
    public void A_matcher_picks_nodes_by_any_of_their_tags()
    {
        CapabilityIndex index = New();
        Assert.Equal([1, 2], Matched(TagMatcher.Exact("hardware.gpu")));
        Assert.Equal([1, 2], Matched(TagMatcher.Prefix("hardware.gpu.vendor")));
        Assert.Equal([1, 2, 3, 31], Matched(TagMatcher.Axis(TaxonomyAxis.Hardware)));
        Assert.Equal([3, 31], Matched(TagMatcher.Axis(TaxonomyAxis.Software)));
        Assert.Equal([1, 2, 3, 31], Matched(TagMatcher.AxisKey(Memory)));
        Assert.Equal([1], Matched(TagMatcher.Regex("vendor=n.+ia$")));
        Assert.Empty(Matched(TagMatcher.Regex("(")));
        Assert.Empty(Matched(TagMatcher.Regex("(?=look)")));
        Assert.Empty(Matched(TagMatcher.Regex(new string('a', TagMatcher.MaxPatternLength + 1))));
        Assert.Equal([3], Matched(TagMatcher.VersionRange(Python, "3.10.0", "3.12.0")));
        Assert.Equal([3, 31], Matched(TagMatcher.VersionRange(Python)));
        Assert.Equal([3], Matched(TagMatcher.VersionRange(Python, max: "3.11.4"))); // the end is in
        Assert.Empty(Matched(TagMatcher.VersionRange(Python, "3.10")));

        IEnumerable<ulong> Matched(TagMatcher matcher) =>
            index.Aggregate(CapabilityGrouping.Publisher, CapabilityAggregation.Count, matcher).Select(static row => Convert.ToUInt64(row.Bucket, 16)).Order();
    }

    [Theory]
    [InlineData("1.0.0-alpha", "1.0.0-alpha.1", -1)]
    [InlineData("1.0.0-alpha.1", "1.0.0-alpha.beta", -1)]
    [InlineData("1.0.0-beta.2", "1.0.0-beta.11", -1)]
    [InlineData("1.0.0-rc.1", "1.0.0", -1)]
    [InlineData("1.0.0+a", "1.0.0+b", 0)]
    [InlineData("2.0.0", "10.0.0", -1)]
    [InlineData("1.2.3-0.x-y", "1.2.3-0.x-y", 0)]
    public void Versions_come_in_the_order_of_semver(string left, string right, int order)
    {
        Assert.Equal(order, Math.Sign(SemanticVersion.Parse(left)!.CompareTo(SemanticVersion.Parse(right))));
        Assert.Equal(-order, Math.Sign(SemanticVersion.Parse(right)!.CompareTo(SemanticVersion.Parse(left))));
    }

    [Theory]
    [Trait("spec", "04 T18")]
    [InlineData("1.0")]
    [InlineData("v1.0.0")]
    [InlineData("01.0.0")]
    [InlineData("1.0.0-")]
    [InlineData("1.0.0-01")]
    [InlineData("1.0.0-a..b")]
    [InlineData("1.0.0+")]
    [InlineData("1.0.0-é")]
    [InlineData("1.0.18446744073709551616")]
    public void What_is_no_semantic_version_is_none(string text) => Assert.Null(SemanticVersion.Parse(text));

    [Fact]
    public void Room_is_ranked_by_the_nodes_that_have_it_and_faulty_or_far_ones_count_nowhere()
    {
        CapabilityIndex index = New();
        NodeState StateOf(NodeId node) => node.Value switch { 1 => NodeState.Busy, 2 => NodeState.Reserved, 31 => NodeState.Faulty, _ => NodeState.Idle };
        var query = new CapacityQuery { GroupBy = CapabilityGrouping.Region, CapacityKey = Memory };
        Assert.Equal(
            [new CapacityRow("(none)", 1, 1, 0, 80), new CapacityRow("us", 0, 0, 1, 64)],
            index.RankCapacity(query, static _ => null, StateOf));
        Assert.Equal([new CapacityRow("(none)", 2, 0, 0, null), new CapacityRow("eu", 1, 0, 0, null)],
            index.RankCapacity(query with { CapacityKey = null, Limit = 2 }, static _ => null));
        // 1 is near, 2 far, and of the others it is not known.
        Assert.Equal([new CapacityRow("(none)", 1, 0, 0, 64)], index.RankCapacity(
            query with { MaxRoundTrip = TimeSpan.FromMilliseconds(5) },
            static node => node.Value switch { 1 => TimeSpan.FromMilliseconds(5), 2 => TimeSpan.FromMilliseconds(6), _ => null }));
        Assert.Single(index.RankCapacity(query with { Matcher = TagMatcher.Exact("hardware.gpu.vendor=amd") }, static _ => null));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.RankCapacity(query with { Limit = -1 }, static _ => null));
    }

    private CapabilityIndex New()
    {
        var index = new CapabilityIndex(new(1000), new(), _clock);
        index.Apply(Of(1, "hardware.gpu", "hardware.gpu.vendor=nvidia", "hardware.memory_gb=64"));
        index.Apply(Of(2, "hardware.gpu", "hardware.gpu.vendor=amd", "hardware.memory_gb=64", "scope:region:us"));
        index.Apply(Of(3, "hardware.gpux", "hardware.memory_gb=16", "software.runtime.python=3.11.4"));
        index.Apply(Of(31, "hardware.memory_gb=much", "software.runtime.python=3.12.1", "scope:region:eu"));
        return index;
    }

    private static (string Bucket, ulong Value)[] Rows(CapabilityIndex index, CapabilityGrouping groupBy) =>
        [.. index.Aggregate(groupBy, CapabilityAggregation.Count).Select(static row => (row.Bucket, row.Value))];

    private static CapabilityAnnouncement Of(ulong node, params string[] tags) => new()
    {
        NodeId = new(node),
        EntityId = Samples.Signer.EntityId,
        Version = 1,
        TimestampNs = 1,
        Capabilities = CapabilitySet.FromTags(tags),
    };
}
