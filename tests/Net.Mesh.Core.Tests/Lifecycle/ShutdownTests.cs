namespace Net.Mesh.Core.Tests.Lifecycle;

public sealed class ShutdownTests
{
    [Fact]
    [Trait("spec", "05 T24")]
    public async Task Shutdown_hands_over_everything_then_flushes_and_shuts_the_adapter_down_once()
    {
        var adapter = new RecordingAdapter();
        EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity) = (3, 8192));
        adapter.Gate.Close();
        bus.EmitNumbers(0, 5_000);
        Task first = bus.ShutdownAsync();
        Task second = bus.ShutdownAsync();
        Assert.False(first.IsCompleted);
        Assert.False(bus.IsShutdownCompleted);
        adapter.Gate.Open();
        await Task.WhenAll(first, second);
        await bus.ShutdownAsync();
        await bus.DisposeAsync();

        Assert.Equal(5_000, adapter.Payloads.Distinct().Count());
        Assert.Equal((1, 1), (adapter.Flushes, adapter.Shutdowns));
        Assert.True(bus.IsShutdownCompleted);
        Assert.False(bus.Statistics.ShutdownWasLossy);
    }

    [Fact]
    public async Task After_shutdown_nothing_is_taken_and_nothing_is_counted()
    {
        var adapter = new RecordingAdapter();
        EventBus bus = await TestBus.StartAsync(adapter);
        bus.EmitString("1");
        await bus.ShutdownAsync();
        BusStatistics before = bus.Statistics;
        var e = Assert.Throws<EventBusException>(() => bus.EmitString("2"));
        Assert.Equal(EventBusException.Shutdown, e.Kind);
        Assert.False(bus.TryEmitRaw("2"u8, out _, out EmitRejection rejection));
        Assert.Equal(EmitRejection.ShuttingDown, rejection);
        Assert.Equal(0, bus.EmitRawBatch([TestBus.Bytes("2")]));
        Assert.Equal(0, bus.EmitBatch([2, 3]));
        Assert.Equal(EventBusException.Shutdown, (await Assert.ThrowsAsync<EventBusException>(() => bus.EmitRawAsync(TestBus.Bytes("2")).AsTask())).Kind);
        Assert.Equal(EventBusException.Shutdown, (await Assert.ThrowsAsync<EventBusException>(() => bus.PollAsync(new()))).Kind);
        Assert.Equal(EventBusException.Shutdown, (await Assert.ThrowsAsync<EventBusException>(() => bus.ScaleUpAsync(1))).Kind);
        Assert.False(await bus.IsHealthyAsync());
        Assert.Equal(before, bus.Statistics);
    }

    [Fact]
    public async Task The_deadline_gives_up_on_what_is_left_and_counts_it()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        var log = new ListLoggerFactory();
        EventBus bus = await TestBus.StartAsync(adapter, o => (o.ShutdownTimeout, o.Batch.MaxSize, o.Batch.MinSize) = (TimeSpan.FromSeconds(5), 10, 1), time, log);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 100);
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(200), bus.ShutdownAsync());
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(5));
        BusStatistics statistics = bus.Statistics;
        Assert.True(statistics.ShutdownWasLossy);
        Assert.Equal(100, statistics.EventsDropped);
        Assert.Equal(1, statistics.EventsFailed);
        Assert.Equal(statistics.EventsIngested, statistics.EventsDispatched + statistics.EventsFailed + 100);
        Assert.Contains(log.Lines, line => line.Id == 3);
        Assert.Equal(1, adapter.Shutdowns);
    }

    [Fact]
    public async Task Giving_up_on_a_batch_in_flight_is_lossy_too()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        EventBus bus = await TestBus.StartAsync(adapter, o => o.ShutdownTimeout = TimeSpan.FromSeconds(5), time);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 3);
        Task shutdown = bus.ShutdownAsync();
        await adapter.Gate.UntilWaitingAsync();
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(200), shutdown);
        Assert.Equal(3, bus.Statistics.EventsFailed);
        Assert.True(bus.Statistics.ShutdownWasLossy);
    }

    [Fact]
    public async Task The_deadline_also_ends_retries()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter { Failure = _ => new AdapterException(AdapterErrorKind.Transient, "down") };
        EventBus bus = await TestBus.StartAsync(adapter, o => (o.ShutdownTimeout, o.AdapterRetries) = (TimeSpan.FromSeconds(5), int.MaxValue), time);
        bus.EmitNumbers(0, 3);
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(200), bus.ShutdownAsync());
        Assert.Equal(3, bus.Statistics.EventsFailed);
        Assert.True(bus.IsShutdownCompleted);
    }

    [Fact]
    public async Task Cancelling_the_first_call_ends_the_drain_and_cancelling_another_only_its_wait()
    {
        var adapter = new RecordingAdapter();
        EventBus bus = await TestBus.StartAsync(adapter);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 10);
        using var stopDrain = new CancellationTokenSource();
        using var stopWait = new CancellationTokenSource();
        Task first = bus.ShutdownAsync(stopDrain.Token);
        Task second = bus.ShutdownAsync(stopWait.Token);
        await stopWait.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(first.IsCompleted);
        await stopDrain.CancelAsync();
        await first;
        Assert.Equal(10, bus.Statistics.EventsDropped);
        Assert.True(bus.Statistics.ShutdownWasLossy);
    }

    [Fact]
    public async Task An_adapter_that_fails_to_shut_down_is_the_result_but_not_of_dispose()
    {
        static RecordingAdapter Broken() => new() { OnShutdown = _ => throw new AdapterException(AdapterErrorKind.Transient, "stuck") };
        EventBus bus = await TestBus.StartAsync(Broken());
        Assert.Contains("stuck", (await Assert.ThrowsAsync<AdapterException>(() => bus.ShutdownAsync())).Message);
        Assert.True(bus.IsShutdownCompleted);
        var log = new ListLoggerFactory();
        EventBus disposed = await TestBus.StartAsync(Broken(), log: log);
        await disposed.DisposeAsync();
        Assert.Contains(log.Lines, line => line.Id == 15 && line.Text.Contains("shut down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_adapter_flush_that_fails_during_shutdown_is_logged_and_the_shutdown_goes_on()
    {
        var log = new ListLoggerFactory();
        var adapter = new RecordingAdapter { OnFlush = _ => throw new AdapterException(AdapterErrorKind.Transient, "no") };
        EventBus bus = await TestBus.StartAsync(adapter, log: log);
        await bus.ShutdownAsync();
        Assert.Contains(log.Lines, line => line.Id == 14);
        Assert.Equal(1, adapter.Shutdowns);
    }

    [Fact]
    public async Task Shutdown_succeeds_while_a_subscription_is_open()
    {
        EventBus bus = await EventBus.CreateBuilder().WithShards(1).UseMemory().BuildAsync();
        var received = new List<string>();
        Task reading = Task.Run(async () =>
        {
            await foreach (StoredEvent e in bus.SubscribeAsync())
                received.Add(e.GetString());
        });
        bus.EmitString("1");
        await Eventually.BecomesTrueAsync(() => received.Count == 1, "the event");
        await bus.ShutdownAsync();
        await reading.WaitAsync(Eventually.Limit);
    }
}
