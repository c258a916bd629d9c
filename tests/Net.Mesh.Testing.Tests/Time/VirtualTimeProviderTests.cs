using CsCheck;

namespace Net.Mesh.Testing.Tests.Time;

public sealed class VirtualTimeProviderTests
{
    private readonly VirtualTimeProvider _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void The_clock_stands_still_until_it_is_moved()
    {
        DateTimeOffset start = _time.GetUtcNow();
        Assert.Equal(_time.Start, start);
        Assert.Equal(start, _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(start.AddSeconds(90), _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(90), _time.Elapsed);
        _time.AdvanceTo(start.AddMinutes(2));
        Assert.Equal(start.AddMinutes(2), _time.GetUtcNow());
    }

    [Fact]
    public void Timestamps_and_utc_time_are_one_clock()
    {
        long before = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1234.5678));
        Assert.Equal(TimeSpan.FromMilliseconds(1234.5678), _time.GetElapsedTime(before));
        Assert.Equal(_time.GetUtcNow().UtcTicks - _time.Start.UtcTicks, _time.GetElapsedTime(before).Ticks);
    }

    [Fact]
    public void The_start_can_be_chosen_and_is_utc()
    {
        var time = new VirtualTimeProvider(new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)));
        Assert.Equal(new DateTimeOffset(2001, 2, 3, 2, 5, 6, TimeSpan.Zero), time.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, time.GetLocalNow().Offset);
    }

    [Fact]
    public void Timers_fire_in_due_order_and_those_of_one_instant_in_creation_order()
    {
        After(3, "c");
        ITimer first = After(50, "first of two");
        After(2, "second of two");
        After(1, "a");
        first.Change(TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["+1 a", "+2 first of two", "+2 second of two", "+3 c"], _fired);
        Assert.Equal(TimeSpan.FromSeconds(10), _time.Elapsed);
    }

    [Fact]
    public void A_timer_that_is_due_exactly_at_the_target_fires()
    {
        After(5, "x");
        _time.Advance(TimeSpan.FromTicks(TimeSpan.FromSeconds(5).Ticks - 1));
        Assert.Empty(_fired);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(["+5 x"], _fired);
    }

    [Fact]
    public void A_timer_without_delay_fires_when_the_clock_is_moved_by_nothing()
    {
        After(0, "now");
        Assert.Empty(_fired);
        _time.Advance(TimeSpan.Zero);
        Assert.Equal(["+0 now"], _fired);
    }

    [Fact]
    public void A_periodic_timer_fires_at_every_period_until_it_is_disposed()
    {
        ITimer timer = Create("tick", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["+1 tick", "+3 tick", "+5 tick"], _fired);
        timer.Dispose();
        timer.Dispose();
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(3, _fired.Count);
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        Assert.Null(_time.NextDue);
    }

    [Fact]
    public void A_timer_may_create_change_and_dispose_timers()
    {
        ITimer condemned = After(3, "never");
        ITimer late = After(100, "moved");
        using ITimer timer = _time.CreateTimer(_ =>
        {
            condemned.Dispose();
            late.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
            After(0, "child");
        }, null, TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["+2 child", "+3 moved"], _fired);
    }

    [Fact]
    public void RunUntil_stops_at_the_instant_at_which_the_condition_holds()
    {
        After(1, "a");
        After(2, "b");
        After(3, "c");
        Assert.True(_time.RunUntil(() => _fired.Count == 2, TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), _time.Elapsed);
        Assert.Equal(_time.Start.AddSeconds(3), _time.NextDue);
        Assert.True(_time.RunUntil(() => true, TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromSeconds(2), _time.Elapsed);
        Assert.False(_time.RunUntil(() => false, TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(12), _time.Elapsed);
    }

    [Fact]
    public void Moving_the_clock_from_a_timer_is_refused()
    {
        using ITimer timer = _time.CreateTimer(_ => _time.Advance(TimeSpan.FromSeconds(1)), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Throws<InvalidOperationException>(() => _time.Advance(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.Elapsed);
    }

    [Fact]
    public void What_a_timer_throws_comes_out_and_the_clock_goes_on()
    {
        using ITimer timer = _time.CreateTimer(_ => throw new FormatException("from the timer"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        After(2, "next");
        Assert.Throws<FormatException>(() => _time.Advance(TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.Elapsed);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(["+2 next"], _fired);
    }

    [Fact]
    public void A_timer_that_re_arms_itself_without_delay_is_reported_instead_of_running_forever()
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(_ => timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Contains("without time passing", Assert.Throws<InvalidOperationException>(() => _time.Advance(TimeSpan.Zero)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Going_back_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.AdvanceTo(_time.Start.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(-2), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Delays_and_timeouts_of_the_base_library_run_on_it()
    {
        Task delay = Task.Delay(TimeSpan.FromHours(1), _time, TestContext.Current.CancellationToken);
        using var timeout = new CancellationTokenSource(TimeSpan.FromHours(2), _time);
        Assert.True(_time.RunUntil(() => delay.IsCompleted, TimeSpan.FromDays(1)));
        await delay;
        Assert.Equal(TimeSpan.FromHours(1), _time.Elapsed);
        Assert.False(timeout.IsCancellationRequested);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public void Any_set_of_timers_fires_sorted_by_due_instant_and_creation()
    {
        Gen.Int[0, 50].Array[1, 40].Sample(delays =>
        {
            var time = new VirtualTimeProvider();
            var fired = new List<(int Delay, int Creation)>();
            for (int i = 0; i < delays.Length; i++)
            {
                (int Delay, int Creation) mark = (delays[i], i);
                time.CreateTimer(_ =>
                {
                    Assert.Equal(TimeSpan.FromMilliseconds(mark.Delay), time.Elapsed);
                    fired.Add(mark);
                }, null, TimeSpan.FromMilliseconds(mark.Delay), Timeout.InfiniteTimeSpan);
            }
            time.Advance(TimeSpan.FromMilliseconds(20));
            time.Advance(TimeSpan.FromMilliseconds(30));
            Assert.Equal(fired.Order(), fired);
            Assert.Equal(delays.Length, fired.Count);
        });
    }

    private ITimer After(int seconds, string name) => Create(name, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    private ITimer Create(string name, TimeSpan due, TimeSpan period) =>
        _time.CreateTimer(_ => _fired.Add($"+{_time.Elapsed.TotalSeconds} {name}"), null, due, period);
}
