namespace Net.Mesh.Core.Tests.Scaling;

/// <summary>Scaling by itself, under a virtual clock.</summary>
public sealed class ScalingMonitorTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Full_rings_add_shards_one_decision_a_cooldown_up_to_the_most()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, time, shards: 1, max: 3, monitor: true);
        adapter.Gate.Close();
        await FillUntilAsync(bus, time, shards: 2);
        DateTimeOffset second = time.GetUtcNow();
        await FillUntilAsync(bus, time, shards: 3);
        Assert.True(time.GetUtcNow() - second >= TimeSpan.FromSeconds(1), "the cooldown was not kept");
        for (int i = 0; i < 40; i++)
        {
            FillRings(bus);
            time.Advance(Tick);
        }
        Assert.Equal(3, bus.ShardCount);
        adapter.Gate.Open();
        await bus.FlushAsync();
        await bus.ShutdownAsync();
        Assert.Equal(bus.Statistics.EventsIngested, adapter.Count);
    }

    [Fact]
    public async Task Idle_shards_go_after_their_delay_down_to_the_least_and_their_events_stay()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, time, shards: 4, max: 4, monitor: true);
        bus.EmitNumbers(0, 100);
        await bus.FlushAsync();
        await Eventually.BecomesTrueAsync(time, Tick, () => bus.ShardCount < 4, "a shard to go");
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(10), "it went before it had been idle for long enough");
        await Eventually.BecomesTrueAsync(time, Tick, () => bus.ShardCount == 1, "the least");
        for (int i = 0; i < 50; i++)
            time.Advance(Tick);
        Assert.Equal(1, bus.ShardCount);
        bus.EmitNumbers(100, 50);
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(0, 150).Order(), adapter.Payloads.Order());
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Without_the_monitor_or_with_auto_scale_off_nothing_scales_by_itself()
    {
        foreach (bool monitor in new[] { false, true })
        {
            var time = new FakeTimeProvider();
            var adapter = new RecordingAdapter();
            await using EventBus bus = await TestBus.StartAsync(
                adapter,
                o => (o.Scaling, o.StartScalingMonitor) = (new() { MaxShards = 4, AutoScale = !monitor }, monitor),
                time);
            adapter.Gate.Close();
            FillRings(bus);
            await adapter.Gate.UntilWaitingAsync();
            FillRings(bus);
            for (int i = 0; i < 50; i++)
                time.Advance(Tick);
            Assert.Equal(1, bus.ShardCount);
            Assert.Single(await bus.ScaleUpAsync(1)); // on request it does
            adapter.Gate.Open();
            await bus.FlushAsync();
            await bus.ShutdownAsync();
        }
    }

    [Fact]
    public async Task Starting_the_monitor_again_changes_nothing()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, time, shards: 1, max: 8, monitor: true);
        for (int i = 0; i < 5; i++)
            bus.StartScalingMonitor();
        adapter.Gate.Close();
        await FillUntilAsync(bus, time, shards: 2);
        for (int i = 0; i < 5; i++)
            time.Advance(Tick);
        Assert.Equal(2, bus.ShardCount);
        adapter.Gate.Open();
        await bus.FlushAsync();
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Manual_scaling_ignores_the_cooldown()
    {
        var time = new FakeTimeProvider();
        await using EventBus bus = await StartAsync(new RecordingAdapter(), time, shards: 1, max: 4, monitor: true);
        await bus.ScaleUpAsync(1);
        await bus.ScaleUpAsync(1);
        await bus.ScaleUpAsync(1);
        Assert.Equal(4, bus.ShardCount);
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Reading_the_metrics_changes_nothing()
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter(), o => o.Shards = 2);
        bus.EmitNumbers(0, 10);
        await bus.FlushAsync();
        Assert.Equal(bus.ShardMetrics, bus.ShardMetrics);
        Assert.Equal(10, bus.ShardMetrics.Sum(m => m.EventsIngested));
    }

    // Again and again: a worker takes a ring's content before it is stopped at the gate.
    private static Task FillUntilAsync(EventBus bus, FakeTimeProvider time, int shards) => Eventually.BecomesTrueAsync(
        time, Tick,
        () =>
        {
            FillRings(bus);
            return bus.ShardCount >= shards;
        },
        $"{shards} shards");

    private static void FillRings(EventBus bus)
    {
        for (int i = 0; i < 1_023 * bus.ShardCount; i++)
            bus.TryEmitRaw(TestBus.Bytes(i).AsMemory(), out _, out _);
    }

    private static Task<EventBus> StartAsync(RecordingAdapter adapter, FakeTimeProvider time, int shards, int max, bool monitor) =>
        TestBus.StartAsync(
            adapter,
            o =>
            {
                o.Shards = shards;
                o.StartScalingMonitor = monitor;
                o.Scaling = new ScalingOptions
                {
                    MaxShards = max,
                    // Contention and the speed of the test machine must not decide.
                    PushLatencyThresholdNanoseconds = 1e12,
                    FlushLatencyThresholdMicroseconds = 1e12,
                };
            },
            time);
}
