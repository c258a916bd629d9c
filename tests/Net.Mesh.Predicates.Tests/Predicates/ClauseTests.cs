using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>What each clause asks (spec 04 §13.1).</summary>
public sealed class ClauseTests
{
    private static readonly CapabilitySet Node = CapabilitySet.FromTags(
    [
        Tag.Parse("hardware.gpu"), Tag.Parse("hardware.gpu.vendor=nvidia"), Tag.Parse("hardware.memory_gb:64"), Tag.Parse("hardware.memory_gb=8"),
        Tag.Parse("hardware.gpu2=x"), Tag.Parse("software.runtime.python=3.11.4"), Tag.Parse("software.empty="), Tag.Parse("memory_gb=9999"),
        Tag.Parse("dataforts:x=1"), Tag.Parse("scope:tenant:a"),
    ], CapabilityMetadata.Empty.With("intent", "ml-training").With("priority", "7").With("rank", "high"));

    [Fact]
    [Trait("spec", "04 T17")]
    public void A_tag_exists_with_a_value_and_without()
    {
        Assert.True(Predicate.Exists("hardware.gpu").Evaluate(Node));
        Assert.True(Predicate.Exists("hardware.memory_gb").Evaluate(Node));
        Assert.False(Predicate.Exists("hardware.gpu.").Evaluate(Node));
        Assert.False(Predicate.Exists("hardware.memory").Evaluate(Node));
    }

    [Fact]
    [Trait("spec", "04 T17")]
    public void A_tag_without_a_value_has_none_not_an_empty_one()
    {
        Assert.False(Predicate.ValueEquals("hardware.gpu", "").Evaluate(Node));
        Assert.False(Predicate.StartsWith("hardware.gpu", "").Evaluate(Node));
        Assert.False(Predicate.Contains("hardware.gpu", "").Evaluate(Node));
        Assert.True(Predicate.ValueEquals("software.empty", "").Evaluate(Node));
    }

    [Fact]
    public void One_of_several_values_suffices_and_the_separator_does_not_count()
    {
        Assert.True(Predicate.AtLeast("hardware.memory_gb", 64).Evaluate(Node));
        Assert.True(Predicate.AtMost("hardware.memory_gb", 8).Evaluate(Node));
        Assert.False(Predicate.InRange("hardware.memory_gb", 9, 63).Evaluate(Node));
        Assert.False(Predicate.AtLeast("hardware.memory_gb", 65).Evaluate(Node));
    }

    [Fact]
    public void Reserved_and_legacy_tags_never_match()
    {
        Assert.False(Predicate.Exists("dataforts.x").Evaluate(Node));
        Assert.False(Predicate.AtLeast("hardware.memory_gb", 9999).Evaluate(Node));
    }

    [Fact]
    public void Texts_are_compared_character_by_character_and_are_no_patterns()
    {
        Assert.True(Predicate.StartsWith("hardware.gpu.vendor", "nvi").Evaluate(Node));
        Assert.False(Predicate.StartsWith("hardware.gpu.vendor", "NVI").Evaluate(Node));
        Assert.True(Predicate.Contains("hardware.gpu.vendor", "idi").Evaluate(Node));
        Assert.False(Predicate.Contains("hardware.gpu.vendor", "n.*a").Evaluate(Node));
    }

    [Fact]
    public void Metadata_are_asked_by_name()
    {
        Assert.True(Predicate.MetadataExists("intent").Evaluate(Node));
        Assert.True(Predicate.MetadataEquals("intent", "ml-training").Evaluate(Node));
        Assert.True(Predicate.MetadataContains("intent", "train").Evaluate(Node));
        Assert.True(Predicate.MetadataAtLeast("priority", 7).Evaluate(Node));
        Assert.False(Predicate.MetadataAtLeast("rank", 0).Evaluate(Node));
        Assert.False(Predicate.MetadataExists("owner").Evaluate(Node));
    }

    [Fact]
    public void What_is_missing_or_no_number_is_false_and_so_its_negation_true()
    {
        Assert.True((!Predicate.AtLeast("hardware.gpu.vendor", 0)).Evaluate(Node));
        Assert.True((!Predicate.SemverAtLeast("software.runtime.python", "latest")).Evaluate(Node));
        Assert.True((!Predicate.SemverAtMost("software.runtime.python", "latest")).Evaluate(Node));
        Assert.True((!Predicate.Exists("devices.camera")).Evaluate(Node));
    }

    [Theory]
    [Trait("spec", "04 T18")]
    [InlineData("0x40")]
    [InlineData("1_000")]
    [InlineData("\u0661\u0662")]
    [InlineData("1,000")]
    [InlineData(" 64")]
    [InlineData("6\u00a04")]
    [InlineData("+-1")]
    [InlineData("1e")]
    [InlineData("+")]
    public void Numbers_of_other_languages_are_none(string value) =>
        Assert.False(Predicate.AtLeast("hardware.x", double.MinValue).Evaluate(CapabilitySet.FromTags($"hardware.x={value}")));

    [Theory]
    [Trait("spec", "04 T3")]
    [InlineData("inf", true)]
    [InlineData("+INFINITY", true)]
    [InlineData("-inf", false)]
    [InlineData("NaN", false)]
    [InlineData("1e999999999999", true)]
    [InlineData("1e-999999999999", true)]
    public void Infinities_compare_and_NaN_does_not(string value, bool isAtLeastZero)
    {
        CapabilitySet set = CapabilitySet.FromTags($"hardware.x={value}");
        Assert.Equal(isAtLeastZero, Predicate.AtLeast("hardware.x", 0).Evaluate(set));
    }

    [Theory]
    [Trait("spec", "04 T18")]
    [InlineData("v1.2.3")]
    [InlineData("1.2.3.4")]
    [InlineData("1.x")]
    [InlineData("\u0661.2")]
    public void Versions_of_other_forms_are_none(string version)
    {
        CapabilitySet set = CapabilitySet.FromTags($"software.x={version}");
        Assert.False(Predicate.SemverAtLeast("software.x", "0").Evaluate(set));
        Assert.False(Predicate.SemverAtMost("software.x", "999999").Evaluate(set));
    }

    [Fact]
    [Trait("spec", "04 T19")]
    public void Below_0_1_the_caret_takes_the_same_version_only()
    {
        CapabilitySet set = CapabilitySet.FromTags("software.x=0.0.3");
        Assert.True(Predicate.SemverCompatible("software.x", "0.0.3").Evaluate(set));
        Assert.False(Predicate.SemverCompatible("software.x", "0.0.2").Evaluate(set));
        Assert.False(Predicate.SemverCompatible("software.x", "0.2.3").Evaluate(CapabilitySet.FromTags("software.x=1.2.5")));
    }

    [Fact]
    public void Keys_that_are_none_and_numbers_that_cannot_travel_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Predicate.Exists("gpu"));
        Assert.Throws<ArgumentException>(() => Predicate.Exists("Hardware.gpu"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Predicate.AtLeast("hardware.x", double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Predicate.InRange("hardware.x", 0, double.PositiveInfinity));
    }

    [Fact]
    [Trait("spec", "04 T4")]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Predicate.MetadataEquals("a", "\uD83D"));
        Assert.Throws<ArgumentException>(() => Predicate.Exists("hardware.\uDE00"));
    }

    [Fact]
    public void Evaluating_allocates_nothing()
    {
        Predicate[] clauses =
        [
            Predicate.SemverAtLeast("software.runtime.python", "3.10"),
            Predicate.SemverCompatible("software.runtime.python", "3.10"),
            Predicate.InRange("hardware.memory_gb", 1, 64),
            Predicate.MetadataEquals("intent", "ml-training"),
            Predicate.MetadataAtLeast("priority", 7),
            Predicate.Contains("hardware.gpu.vendor", "amd"),
            Predicate.StartsWith("hardware.gpu.vendor", "nv"),
            Predicate.And(Predicate.Or(Predicate.Exists("devices.camera"), Predicate.Exists("hardware.gpu")), !Predicate.ValueEquals("hardware.gpu", "")),
        ];
        foreach (Predicate clause in clauses)
        {
            clause.Evaluate(Node);
            long before = GC.GetAllocatedBytesForCurrentThread();
            clause.Evaluate(Node);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated == 0, $"{clause} allocates {allocated} B");
        }
    }
}
