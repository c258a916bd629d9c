namespace Net.Mesh.Core.Tests.Batching;

public sealed class AdaptiveBatchTargetTests
{
    [Fact]
    public void Starts_at_the_least_and_stays_at_the_most_when_not_adaptive()
    {
        Assert.Equal(100, new AdaptiveBatchTarget(BatchOptions.LowLatency(), TimeProvider.System).Current);
        var fixed_ = new BatchOptions { Adaptive = false, MaxSize = 777, MinSize = 1 };
        var target = new AdaptiveBatchTarget(fixed_, TimeProvider.System);
        target.Observe(1_000_000);
        Assert.Equal(777, target.Current);
    }

    [Theory]
    [InlineData(1000, 0, 1000)] // no events: towards the least
    [InlineData(1000, 1_000_000, 2000)] // (3 × 1000 + 5000) / 4
    [InlineData(1000, 1e12, 3250)] // the goal is clamped to the most
    [InlineData(5000, 0, 4000)]
    public void One_step_goes_a_quarter_of_the_way(int current, double rate, int expected) =>
        Assert.Equal(expected, AdaptiveBatchTarget.Next(current, rate, 1_000, 10_000));

    [Fact]
    [Trait("spec", "05 T23")]
    public void Any_rate_and_any_limits_stay_within_the_limits()
    {
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[1, 1_000_000], Gen.Int[1, 1_000_000], Gen.OneOf(Gen.Double, Gen.Const(double.MaxValue), Gen.Const(double.PositiveInfinity)))
            .Sample((a, b, current, rate) =>
            {
                (int min, int max) = (Math.Min(a, b), Math.Max(a, b));
                int next = AdaptiveBatchTarget.Next(Math.Clamp(current, min, max), rate, min, max);
                return next >= min && next <= max;
            });
    }

    [Fact]
    public void Follows_the_rate_up_and_down_with_the_clock()
    {
        var time = new FakeTimeProvider();
        var target = new AdaptiveBatchTarget(new(), time);
        long total = 0;
        for (int i = 0; i < 50; i++, total += 20_000) // 2 million a second: 10,000 a batch
        {
            target.Observe(total);
            time.Advance(TimeSpan.FromMilliseconds(10));
        }
        Assert.InRange(target.Current, 9_900, 10_000);
        for (int i = 0; i < 100; i++)
        {
            target.Observe(total);
            time.Advance(TimeSpan.FromMilliseconds(10));
        }
        Assert.InRange(target.Current, 1_000, 1_010);
    }

    [Fact]
    public void Does_not_recalculate_more_often_than_every_10_ms()
    {
        var time = new FakeTimeProvider();
        var target = new AdaptiveBatchTarget(new(), time);
        for (int i = 0; i < 9; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            target.Observe(i * 1_000_000);
        }
        Assert.Equal(1_000, target.Current);
    }
}
