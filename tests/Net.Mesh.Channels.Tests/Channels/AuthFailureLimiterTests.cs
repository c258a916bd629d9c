namespace Net.Mesh.Channels.Tests;

public sealed class AuthFailureLimiterTests
{
    private static readonly NodeId Peer = new(1);

    private readonly FakeTimeProvider _time = new(World.Start);

    [Fact]
    [Trait("spec", "03 I8")]
    public void Too_many_refusals_within_the_window_make_a_peer_wait()
    {
        var limiter = new AuthFailureLimiter(_time, new() { MaxFailures = 3 });
        Fail(limiter, 2);
        Assert.False(limiter.IsThrottled(Peer));
        Fail(limiter, 1);
        Assert.True(limiter.IsThrottled(Peer));
        Assert.False(limiter.IsThrottled(new(2)));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.True(limiter.IsThrottled(Peer));
        Fail(limiter, 5); // what is refused while it waits does not make the wait longer
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(limiter.IsThrottled(Peer));
        Fail(limiter, 2);
        Assert.False(limiter.IsThrottled(Peer)); // counted from nothing again
    }

    [Fact]
    public void The_window_begins_with_the_first_refusal_and_begins_again_after_it()
    {
        var limiter = new AuthFailureLimiter(_time, new() { MaxFailures = 3 });
        Fail(limiter, 2);
        _time.Advance(TimeSpan.FromSeconds(60));
        Fail(limiter, 2);
        Assert.False(limiter.IsThrottled(Peer));
        _time.Advance(TimeSpan.FromSeconds(59));
        Fail(limiter, 1);
        Assert.True(limiter.IsThrottled(Peer));
    }

    [Fact]
    public void A_success_clears_the_count()
    {
        var limiter = new AuthFailureLimiter(_time, new() { MaxFailures = 3 });
        Fail(limiter, 2);
        limiter.RecordSuccess(Peer);
        Fail(limiter, 2);
        Assert.False(limiter.IsThrottled(Peer));
        limiter.Forget(Peer);
        Assert.Equal(0, limiter.Count);
    }

    [Fact]
    [Trait("spec", "03 T16")]
    public void Intervals_of_nothing_and_of_for_ever_are_taken()
    {
        var never = new AuthFailureLimiter(_time, new() { MaxFailures = AuthFailureLimit.Unlimited });
        Fail(never, 100);
        Assert.Equal(0, never.Count);

        var nothing = new AuthFailureLimiter(_time, new() { MaxFailures = 1, Window = TimeSpan.Zero, Throttle = TimeSpan.Zero });
        Fail(nothing, 5);
        Assert.False(nothing.IsThrottled(Peer));

        foreach (TimeSpan forEver in (TimeSpan[])[Timeout.InfiniteTimeSpan, TimeSpan.MaxValue])
        {
            var limiter = new AuthFailureLimiter(_time, new() { MaxFailures = 2, Window = forEver, Throttle = forEver });
            Fail(limiter, 1);
            _time.Advance(TimeSpan.FromDays(400));
            Fail(limiter, 1);
            _time.Advance(TimeSpan.FromDays(400));
            Assert.True(limiter.IsThrottled(Peer));
        }

        Assert.Equal(TimeSpan.FromSeconds(1), SweepInterval.Normalize(TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(1), SweepInterval.Normalize(TimeSpan.FromSeconds(-3)));
        Assert.Null(SweepInterval.Normalize(Timeout.InfiniteTimeSpan));
        Assert.Null(SweepInterval.Normalize(TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.FromSeconds(30), SweepInterval.Normalize(SweepInterval.Default));
        using ITimer timer = TimeProvider.System.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, SweepInterval.Normalize(TimeSpan.FromDays(10_000))!.Value);
    }

    [Fact]
    public void Peers_beyond_the_bound_make_room_for_each_other_once_their_window_is_over()
    {
        var limiter = new AuthFailureLimiter(_time, new());
        for (ulong peer = 1; peer <= AuthFailureLimiter.MaxPeers + 10; peer++)
            limiter.RecordFailure(new(peer));
        Assert.Equal(AuthFailureLimiter.MaxPeers, limiter.Count);
        _time.Advance(TimeSpan.FromSeconds(60));
        limiter.RecordFailure(new(0));
        Assert.Equal(1, limiter.Count);
    }

    private static void Fail(AuthFailureLimiter limiter, int times)
    {
        for (int i = 0; i < times; i++)
            limiter.RecordFailure(Peer);
    }
}
