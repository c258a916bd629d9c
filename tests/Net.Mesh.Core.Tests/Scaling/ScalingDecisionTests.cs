namespace Net.Mesh.Core.Tests.Scaling;

public sealed class ScalingDecisionTests
{
    [Theory]
    [InlineData(4, 1, 8, 2, 0, 0)] // half is not more than half
    [InlineData(4, 1, 8, 3, 0, 1)]
    [InlineData(4, 1, 8, 4, 0, 2)]
    [InlineData(4, 1, 5, 4, 0, 1)] // no more than fit
    [InlineData(4, 1, 4, 4, 0, 0)]
    [InlineData(1, 1, 8, 1, 0, 1)] // at least one
    [InlineData(4, 1, 8, 0, 3, -1)]
    [InlineData(8, 1, 8, 0, 8, -4)]
    [InlineData(4, 3, 8, 0, 4, -1)] // no fewer than the least
    [InlineData(4, 4, 8, 0, 4, 0)]
    [InlineData(1, 1, 8, 0, 1, 0)]
    [InlineData(4, 1, 8, 3, 3, 1)] // adding takes precedence
    public void More_than_half_decides_and_half_of_those_is_the_step(int active, int min, int max, int overloaded, int underutilized, int expected) =>
        Assert.Equal(expected, ScalingDecision.Evaluate(active, min, max, overloaded, underutilized));

    [Fact]
    public void No_decision_leaves_the_bounds() =>
        Gen.Select(Gen.Int[1, 100], Gen.Int[1, 100], Gen.Int[1, 100], Gen.Int[0, 100], Gen.Int[0, 100]).Sample((a, b, c, over, under) =>
        {
            int[] sorted = [a, b, c];
            Array.Sort(sorted);
            (int min, int active, int max) = (sorted[0], sorted[1], sorted[2]);
            int after = active + ScalingDecision.Evaluate(active, min, max, Math.Min(over, active), Math.Min(under, active));
            return after >= min && after <= max;
        });

    [Fact]
    public void Weight_follows_the_specification() =>
        Assert.Equal(50 + 20 + 2, ScalingDecision.Weight(0.5, 200, 2_000_000), 9);
}
