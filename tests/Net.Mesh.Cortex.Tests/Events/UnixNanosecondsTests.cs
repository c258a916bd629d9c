namespace Net.Mesh.Cortex.Tests.Events;

public sealed class UnixNanosecondsTests
{
    [Fact]
    public void Times_come_back_down_to_a_tick()
    {
        var time = new DateTimeOffset(2026, 11, 29, 19, 8, 56, 123, TimeSpan.FromHours(2));
        Assert.Equal(time, UnixNanoseconds.ToDateTimeOffset(UnixNanoseconds.From(time)));
        Assert.Equal(0UL, UnixNanoseconds.From(DateTimeOffset.UnixEpoch));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(1), UnixNanoseconds.ToDateTimeOffset(199));
        Assert.Equal(2554, UnixNanoseconds.ToDateTimeOffset(ulong.MaxValue).Year);
    }

    [Fact]
    public void A_time_that_a_log_cannot_hold_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixNanoseconds.From(DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixNanoseconds.From(DateTimeOffset.MaxValue));
    }

    [Fact]
    public void Records_show_their_times_as_dates()
    {
        ulong created = UnixNanoseconds.From(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var task = new TaskItem(1, "t", TaskItemStatus.Pending, created, created + 1_000_000_000);
        Assert.Equal((2024, 5, 6), (task.CreatedAt.Year, task.CreatedAt.Second, task.UpdatedAt.Second));
        var memory = new MemoryItem(1, "c", [], "s", created, created + 1_000_000_000, IsPinned: false);
        Assert.Equal((2024, 5, 6), (memory.CreatedAt.Year, memory.CreatedAt.Second, memory.UpdatedAt.Second));
    }

    [Theory]
    [InlineData(CortexErrorKind.Redex, "redex")]
    [InlineData(CortexErrorKind.Closed, "closed")]
    [InlineData(CortexErrorKind.FoldStopped, "fold-stopped")]
    [InlineData(CortexErrorKind.InvalidStartPosition, "invalid-start-position")]
    public void Errors_of_folded_state_have_their_words(CortexErrorKind error, string kind)
    {
        var refused = new CortexException(error, "why") { Wanted = 2, FoldedThrough = 1 };
        Assert.Equal((kind, error, 2UL, 1UL), (refused.Kind, refused.Error, refused.Wanted, refused.FoldedThrough));
    }
}
