namespace Net.Mesh.Replication.Tests;

public sealed class BandwidthTests
{
    // A capacity of 1000 bytes.
    private static BandwidthBucket Bucket() => new(0.5, 0.3, TimeSpan.Zero, 2000);

    [Fact]
    public void The_foreground_needs_the_cost_and_passes_above_the_capacity_on_a_full_bucket_only()
    {
        BandwidthBucket bucket = Bucket();
        Assert.True(bucket.TryTake(5000, BandwidthClass.Foreground, TimeSpan.Zero));
        Assert.Equal(0, bucket.Level);
        Assert.False(bucket.TryTake(1, BandwidthClass.Foreground, TimeSpan.Zero));
        Assert.True(bucket.TryTake(400, BandwidthClass.Foreground, TimeSpan.FromSeconds(0.4)));
        Assert.False(bucket.TryTake(5000, BandwidthClass.Foreground, TimeSpan.FromSeconds(1)));
        Assert.True(bucket.TryTake(1000, BandwidthClass.Foreground, TimeSpan.FromSeconds(100)));
    }

    [Fact]
    public void The_background_leaves_most_of_the_bucket_and_gets_a_little_after_a_minute()
    {
        BandwidthBucket bucket = Bucket();
        Assert.True(bucket.TryTake(300, BandwidthClass.Background, TimeSpan.Zero));
        Assert.False(bucket.TryTake(1, BandwidthClass.Background, TimeSpan.Zero));
        TimeSpan later = TimeSpan.FromSeconds(61);
        Assert.True(bucket.TryTake(950, BandwidthClass.Foreground, later));
        Assert.False(bucket.TryTake(101, BandwidthClass.Background, later)); // too much for the hatch, and the hatch stays open
        Assert.True(bucket.TryTake(100, BandwidthClass.Background, later));
        Assert.False(bucket.TryTake(100, BandwidthClass.Background, later));
    }

    [Fact]
    [Trait("spec", "06 T22")]
    [Trait("spec", "06 I15")]
    public void Realtime_passes_up_to_half_the_capacity_and_what_it_owes_is_settled_by_refunds_first()
    {
        BandwidthBucket bucket = Bucket();
        Assert.False(bucket.TryTake(501, BandwidthClass.Realtime, TimeSpan.Zero));
        Assert.True(bucket.TryTake(500, BandwidthClass.Realtime, TimeSpan.Zero));
        Assert.True(bucket.TryTake(500, BandwidthClass.Realtime, TimeSpan.Zero));
        Assert.True(bucket.TryTake(300, BandwidthClass.Realtime, TimeSpan.Zero));
        Assert.Equal((0, 300), (bucket.Level, bucket.Debt));
        bucket.Refund(200.9);
        Assert.Equal((0, 100), (bucket.Level, bucket.Debt));
        bucket.Refund(200);
        Assert.Equal((100, 0), (bucket.Level, bucket.Debt));
        bucket.Refund(5000);
        Assert.Equal(1000, bucket.Level);
    }

    [Fact]
    public void Another_peak_keeps_how_full_the_bucket_is_and_starts_the_minute_again()
    {
        BandwidthBucket bucket = Bucket();
        Assert.True(bucket.TryTake(750, BandwidthClass.Foreground, TimeSpan.Zero));
        bucket.Rescale(4000, TimeSpan.Zero);
        Assert.Equal((2000, 500), (bucket.Capacity, bucket.Level));
        TimeSpan minute = TimeSpan.FromSeconds(61);
        bucket.Rescale(4000, minute);
        Assert.True(bucket.TryTake(2000, BandwidthClass.Foreground, minute));
        Assert.False(bucket.TryTake(10, BandwidthClass.Background, minute));
    }
}
