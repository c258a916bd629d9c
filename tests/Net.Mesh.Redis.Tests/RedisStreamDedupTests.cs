using System.Globalization;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisStreamDedupTests
{
    [Fact]
    public void A_new_id_is_no_duplicate_and_a_seen_one_is()
    {
        var dedup = new RedisStreamDedup();
        Assert.True(dedup.IsEmpty);
        Assert.False(dedup.IsDuplicate("a"));
        Assert.True(dedup.IsDuplicate("a"));
        Assert.False(dedup.IsDuplicate("b"));
        Assert.Equal(2, dedup.Count);
        Assert.False(dedup.IsEmpty);
    }

    [Fact]
    public void The_oldest_makes_room_and_a_hit_does_not_refresh()
    {
        var dedup = new RedisStreamDedup(2);
        Assert.False(dedup.IsDuplicate("a"));
        Assert.False(dedup.IsDuplicate("b"));
        Assert.True(dedup.IsDuplicate("a"));
        Assert.False(dedup.IsDuplicate("c")); // evicts a, although a was seen last
        Assert.True(dedup.IsDuplicate("b"));
        Assert.False(dedup.IsDuplicate("a"));
        Assert.Equal(2, dedup.Count);
    }

    [Theory]
    [Trait("spec", "05 T33")]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    [InlineData(1, 1)]
    [InlineData(RedisStreamDedup.MaxCapacity + 1, RedisStreamDedup.MaxCapacity)]
    [InlineData(int.MaxValue, RedisStreamDedup.MaxCapacity)]
    public void A_capacity_out_of_range_is_clamped(int requested, int expected) => Assert.Equal(expected, new RedisStreamDedup(requested).Capacity);

    [Fact]
    [Trait("spec", "05 T33")]
    public void The_largest_capacity_allocates_nothing_ahead()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var dedup = new RedisStreamDedup(int.MaxValue);
        Assert.False(dedup.IsDuplicate("a"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void The_default_capacity_is_4096()
    {
        var dedup = new RedisStreamDedup();
        Assert.Equal(4096, dedup.Capacity);
        for (int i = 0; i < 5_000; i++)
            dedup.IsDuplicate(i.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(4096, dedup.Count);
    }

    [Fact]
    public void Clear_forgets_the_ids_and_keeps_the_capacity()
    {
        var dedup = new RedisStreamDedup(3);
        dedup.IsDuplicate("a");
        dedup.Clear();
        Assert.True(dedup.IsEmpty);
        Assert.Equal(3, dedup.Capacity);
        Assert.False(dedup.IsDuplicate("a"));
    }

    [Fact]
    public void A_span_and_a_string_are_the_same_id()
    {
        var dedup = new RedisStreamDedup();
        Assert.False(dedup.IsDuplicate("1:0:0:0".AsSpan()));
        Assert.True(dedup.IsDuplicate("1:0:0:0"));
        Assert.True(dedup.IsDuplicate("x1:0:0:0".AsSpan(1)));
        Assert.False(dedup.IsDuplicate("1:0:0:01"));
    }

    [Fact]
    public void Of_many_threads_exactly_one_sees_an_id_first()
    {
        var dedup = new RedisStreamDedup(100_000);
        int first = 0;
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                if (!dedup.IsDuplicate(i.ToString(CultureInfo.InvariantCulture)))
                    Interlocked.Increment(ref first);
            }
        });
        Assert.Equal(10_000, first);
        Assert.Equal(10_000, dedup.Count);
    }
}
