using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>What rules a node out, and what each axis gives (spec 04 §16.2).</summary>
public sealed class StandardPlacementTests
{
    private static readonly NodeId Node = new(7);

    [Fact]
    public void A_node_nothing_is_known_of_is_ruled_out() => Assert.Null(new StandardPlacement().Score(new(Node, null), Daemon()));

    [Fact]
    public void Required_tags_are_compared_text_for_text()
    {
        Artifact daemon = new Artifact.Daemon(Id(), CapabilitySet.FromTags("software.os=linux"), CapabilitySet.Empty);
        Assert.Equal(1, Score(new(), daemon, "software.os=linux"));
        Assert.Null(Score(new(), daemon, "software.os:linux"));
    }

    [Theory]
    [InlineData(0UL, "0", true)]
    [InlineData(1UL << 30, "1", true)]
    [InlineData((1UL << 30) + 1, "1", false)]
    [InlineData(ulong.MaxValue, "17179869184", true)]
    public void A_blob_needs_whole_gibibytes(ulong size, string free, bool isEligible) => Assert.Equal(
        isEligible, Score(new(), new Artifact.Blob(Id(), size), "dataforts.blob.storage", $"dataforts.blob.disk_free_gb={free}") is not null);

    [Fact]
    public void A_blob_needs_a_store_that_is_well()
    {
        var blob = new Artifact.Blob(Id(), 0);
        Assert.Null(Score(new(), blob, "dataforts.blob.disk_free_gb=9"));
        Assert.Null(Score(new(), blob, "dataforts.blob.storage", "dataforts.blob.disk_free_gb=9", "dataforts:blob-storage-unhealthy"));
    }

    [Theory]
    [InlineData("tenant:a", 1)]
    [InlineData("scope:tenant:a", 1)]
    [InlineData("tenant:b", 0)]
    [InlineData("tenant", 0)]
    public void A_scope_may_be_named_with_its_prefix_or_without(string label, double expected) =>
        Assert.Equal(expected, Score(new() { ScopeLabels = ["x", label] }, Daemon(), "scope:tenant:a"));

    [Theory]
    [InlineData(null, 1)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    public void A_round_trip_may_be_too_long(int? milliseconds, double expected) => Assert.Equal(expected, Score(
        new() { MaxRtt = TimeSpan.FromMilliseconds(10), Rtt = _ => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null }, Daemon()));

    [Theory]
    [InlineData(0.30, 1)]
    [InlineData(0.31, 0.4)]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void Who_leads_much_is_passed_over(double share, double expected) =>
        Assert.Equal(expected, Score(new() { LeadershipShare = _ => share }, Daemon()));

    [Fact]
    public void A_penalty_that_is_no_number_counts_as_nothing() =>
        Assert.Equal(0, Score(new() { LeadershipShare = _ => 1, LeadershipPenalty = double.NaN }, Daemon()));

    [Theory]
    [InlineData("ml-training", "hardware.gpu.vram_gb=24", 1)]
    [InlineData("ml-training", "hardware.gpu.vram_gb=23", 0)]
    [InlineData("inference", "software.os=linux", 0)]
    [InlineData("unheard-of", "software.os=linux", 1)]
    [InlineData(null, "software.os=linux", 1)]
    public void A_strict_intent_must_be_met(string? intent, string tag, double expected) =>
        Assert.Equal(expected, Score(new() { Intent = IntentMode.Strict, Resource = ResourceMode.Storage }, Daemon("intent", intent), "hardware.gpu", tag));

    [Theory]
    [InlineData("software.model")]
    [InlineData("software.model=x")]
    [InlineData("software.model.0.id=llama3-70b")]
    [Trait("spec", "04 T21")]
    public void Inference_is_met_by_a_key_and_by_what_the_builder_writes(string tag) =>
        Assert.Equal(1, Score(new() { Intent = IntentMode.Strict }, Daemon("intent", "inference"), "hardware.gpu", tag));

    [Fact]
    [Trait("spec", "04 T23")]
    public void A_registry_without_intents_rules_nobody_out()
    {
        Assert.Equal(1, Score(new() { Intent = IntentMode.AnyOfLocalCapabilities, Intents = new() }, Daemon()));
        Assert.Equal(0, Score(new() { Intent = IntentMode.AnyOfLocalCapabilities }, Daemon()));
        Assert.Equal(1, Score(new() { Intent = IntentMode.AnyOfLocalCapabilities }, Daemon(), "devices.camera"));
    }

    [Theory]
    [Trait("spec", "04 T23")]
    [InlineData("hardware.cpu_cores=NaN")]
    [InlineData("hardware.cpu_cores=1e308")]
    [InlineData("hardware.cpu_cores=-1")]
    [InlineData("hardware.cpu_cores")]
    public void A_resource_that_is_no_quantity_is_as_good_as_none(string tag) => Assert.Equal(0.5, Score(new(), Daemon(), tag, "hardware.memory_gb=16"));

    [Fact]
    [Trait("spec", "04 T23")]
    public void One_resource_axis_without_data_is_not_averaged_in() =>
        Assert.Equal(0.5, Score(new() { Resource = ResourceMode.Both }, Daemon(), "dataforts.capacity_gb=1000"));

    [Theory]
    [InlineData(ColocationMode.Ignore, "colocate-with-strict", 1)]
    [InlineData(ColocationMode.SoftPreference, "colocate-with-strict", 0)]
    [InlineData(ColocationMode.SoftPreference, "colocate-with", 0.7)]
    [InlineData(ColocationMode.StrictRequired, "colocate-with", 0)]
    public void A_node_without_the_chain_scores_less(ColocationMode mode, string key, double expected) =>
        Assert.Equal(expected, Score(new() { Colocation = mode }, Daemon(key, "00000000000000ab"), "causal:00000000000000abc:5"));

    [Theory]
    [InlineData("causal:00000000000000ab")]
    [InlineData("causal:00000000000000ab:5")]
    [InlineData("causal:00000000000000ab[1..5]")]
    public void A_node_with_the_chain_scores_full(string tag) =>
        Assert.Equal(1, Score(new() { Colocation = ColocationMode.StrictRequired }, Daemon("colocate-with", "00000000000000ab"), tag));

    [Fact]
    public void Metadata_that_are_required_come_before_optional_ones()
    {
        var daemon = new Artifact.Daemon(
            Id(), CapabilitySet.Empty.WithMetadata("intent", "cpu-bound"), CapabilitySet.Empty.WithMetadata("intent", "sensor-telemetry"));
        Assert.Equal(0, Score(new() { Intent = IntentMode.Strict }, daemon, "devices.camera"));
    }

    [Fact]
    public void A_custom_filter_is_asked_first_and_its_score_counts()
    {
        var filters = new PlacementFilterRegistry();
        filters.Register("half", new Fixed(0.5));
        filters.Register("veto", new Fixed(null));
        filters.Register("nan", new Fixed(double.NaN));
        filters.Register("throws", PlacementFilter.FromFunc(_ => throw new InvalidOperationException("filter")));
        Assert.Equal(0.5, Score(new() { CustomFilterId = "half", Filters = filters }, Daemon()));
        Assert.Null(Score(new() { CustomFilterId = "veto", Filters = filters }, Daemon()));
        Assert.Equal(0, Score(new() { CustomFilterId = "nan", Filters = filters }, Daemon()));
        Assert.Null(Score(new() { CustomFilterId = "throws", Filters = filters }, Daemon()));
        Assert.Null(Score(new() { CustomFilterId = "missing", Filters = filters }, Daemon()));
    }

    [Fact]
    public void A_filter_may_place_something_itself()
    {
        var filters = new PlacementFilterRegistry();
        var inner = new StandardPlacement(new() { Filters = filters });
        filters.Register("outer", PlacementFilter.FromFunc(candidate =>
            inner.Score(candidate, Daemon()) > 0 && filters.Register("inner", new Fixed(1)) && filters.Unregister("outer")));
        Assert.Equal(1, Score(new() { CustomFilterId = "outer", Filters = filters }, Daemon()));
    }

    [Fact]
    public void Ids_have_32_bytes() => Assert.Throws<ArgumentException>(() => new Artifact.Blob(new byte[31], 1));

    [Fact]
    public void Axis_scores_multiply_within_0_and_1()
    {
        Assert.Equal(1, AxisScores.Compose());
        Assert.Equal(0.25, AxisScores.Compose(0.5, 2, 0.5));
        Assert.Equal(0, AxisScores.Compose(1, double.NaN));
        Assert.Equal(0, AxisScores.Compose(-1, double.PositiveInfinity));
    }

    private static double? Score(StandardPlacementOptions options, Artifact artifact, params string[] tags) =>
        new StandardPlacement(options).Score(new(Node, CapabilitySet.FromTags(tags)), artifact);

    private static Artifact Daemon(string key = "intent", string? value = null) => new Artifact.Daemon(
        Id(), CapabilitySet.Empty, value is null ? CapabilitySet.Empty : CapabilitySet.Empty.WithMetadata(key, value));

    private static byte[] Id() => new byte[Artifact.IdLength];

    private sealed class Fixed(double? score) : IPlacementFilter
    {
        public double? Score(in PlacementCandidate candidate, Artifact artifact) => score;
    }
}
