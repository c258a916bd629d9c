using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Requirements as texts (spec 04 §13.5).</summary>
public sealed class RequiredCapabilityTests
{
    private static readonly CapabilitySet Node = CapabilitySet.FromTags("hardware.gpu", "hardware.memory_gb=64", "software.os:linux", "fast");

    [Theory]
    [InlineData("hardware.gpu", true)]
    [InlineData("software.os=linux", true)]
    [InlineData("fast", true)]
    [InlineData("slow", false)]
    [InlineData("software.os == linux", true)]
    [InlineData(" software . os == \"linux\" ", true)]
    [InlineData("software.os == \"linux", false)]
    [InlineData("hardware.memory_gb >= 64", true)]
    [InlineData("hardware.memory_gb>=64.5", false)]
    [InlineData("hardware.memory_gb <= 64", true)]
    public void Requirements_are_met_or_not(string text, bool isSatisfied) =>
        Assert.Equal(isSatisfied, RequiredCapability.Parse(text).IsSatisfiedBy(Node));

    [Theory]
    [InlineData("", RequirementError.Empty)]
    [InlineData("  ", RequirementError.Empty)]
    [InlineData("scope:tenant:a", RequirementError.ReservedTag)]
    [InlineData("hardware.memory_gb >= lots", RequirementError.NotANumber)]
    [InlineData("hardware.memory_gb >= nan", RequirementError.NotANumber)]
    [InlineData("memory_gb >= 1", RequirementError.NoKey)]
    [InlineData("hardware. == 1", RequirementError.NoKey)]
    [InlineData("compute.memory_gb >= 1", RequirementError.NoAxis)]
    public void What_is_none_is_told(string text, RequirementError expected)
    {
        Assert.False(RequiredCapability.TryParse(text, out _, out RequirementError error));
        Assert.Equal(expected, error);
        Assert.Throws<FormatException>(() => RequiredCapability.Parse(text));
    }

    [Fact]
    [Trait("spec", "04 T4")]
    public void Half_of_a_surrogate_pair_is_told() // not as a row: attributes hold UTF-8
    {
        Assert.False(RequiredCapability.TryParse("software.os == \uD83D", out _, out RequirementError error));
        Assert.Equal(RequirementError.NotUnicode, error);
    }

    [Fact]
    public void An_axis_or_a_key_may_be_asked_for()
    {
        Assert.True(RequiredCapability.AxisAny(TaxonomyAxis.Software).IsSatisfiedBy(Node));
        Assert.False(RequiredCapability.AxisAny(TaxonomyAxis.Devices).IsSatisfiedBy(Node));
        Assert.True(RequiredCapability.AxisKey("software.os").IsSatisfiedBy(Node));
    }
}
