namespace Net.Mesh.Core.Tests.Batching;

public sealed class FlushTests
{
    [Fact]
    public async Task Flush_waits_for_everything_accepted_before_it_and_then_flushes_the_adapter()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Shards = 3);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 300);
        Task flush = bus.FlushAsync();
        await adapter.Gate.UntilWaitingAsync(3);
        Assert.False(flush.IsCompleted);
        Assert.Equal(0, adapter.Flushes);
        adapter.Gate.Open();
        await flush;
        Assert.Equal(300, adapter.Count);
        Assert.Equal(1, adapter.Flushes);
    }

    [Fact]
    public async Task Flush_does_not_wait_for_the_batch_delay()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch.MaxDelay = TimeSpan.FromHours(1));
        bus.EmitNumbers(0, 3);
        await bus.FlushAsync().WaitAsync(Eventually.Limit);
        Assert.Equal(3, adapter.Count);
    }

    [Fact]
    public async Task Flush_is_exact_while_others_go_on_emitting()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.Backpressure, o.Batch.MaxSize) = (4, Backpressure.DropNewest, 1_000));
        using var stop = new CancellationTokenSource();
        Task noise = Task.Run(() =>
        {
            for (int i = 0; i < 200_000 && !stop.IsCancellationRequested; i++)
                bus.TryEmitRaw(TestBus.Bytes($"noise{i}").AsMemory(), out _, out _);
        });
        for (int i = 0; i < 50; i++)
        {
            string mark = $"mark{i}";
            await bus.EmitRawAsync(TestBus.Bytes(mark));
            await bus.FlushAsync();
            Assert.Contains(mark, adapter.Payloads);
        }
        await stop.CancelAsync();
        await noise;
    }

    [Fact]
    [Trait("spec", "05 T13")]
    public async Task Flush_after_evictions_returns_at_once()
    {
        var time = new FakeTimeProvider(); // never advanced: nothing in the flush may depend on the passing of time
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest, time);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 5_000);
        Assert.True(bus.Statistics.EventsEvicted > 0);
        adapter.Gate.Open();
        await bus.FlushAsync().WaitAsync(Eventually.Limit);
        Assert.Equal(5_000, adapter.Count + bus.Statistics.EventsEvicted);
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Evicting_what_a_flush_waits_for_lets_it_complete()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 10);
        Task flush = bus.FlushAsync();
        bus.EmitNumbers(10, 5_000);
        adapter.Gate.Open();
        await flush;
        await bus.FlushAsync(); // and what came after it
        Assert.True(bus.Statistics.EventsEvicted >= 10, "the events it waited for were not evicted");
        Assert.Equal(1 + 5_010, adapter.Count + bus.Statistics.EventsEvicted);
    }

    [Fact]
    public async Task A_failing_or_slow_adapter_flush_is_the_error()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter { OnFlush = _ => throw new AdapterException(AdapterErrorKind.Transient, "disk is away") };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.AdapterTimeout = TimeSpan.FromSeconds(3), time);
        Assert.Contains("disk is away", (await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync())).Message);

        adapter.OnFlush = async token => await Task.Delay(Timeout.InfiniteTimeSpan, token);
        var e = await Assert.ThrowsAsync<AdapterException>(() => Eventually.CompletesAsync(time, TimeSpan.FromSeconds(1), bus.FlushAsync()));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains("adapter flush timed out", e.Message);
        adapter.OnFlush = _ => ValueTask.CompletedTask;
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Cancelling_a_flush_leaves_the_events_on_their_way()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        await bus.BlockAsync(adapter);
        using var stop = new CancellationTokenSource();
        Task flush = bus.FlushAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal(1, adapter.Count);
    }

    [Fact]
    public async Task A_flush_that_meets_a_shutdown_or_a_removed_shard_completes()
    {
        var slowShutdown = new Gate();
        var adapter = new RecordingAdapter();
        adapter.OnFlush = async token => await slowShutdown.PassAsync(token);
        await using EventBus bus = await TestBus.StartAsync(adapter);
        bus.EmitNumbers(0, 10);
        Task shutdown = bus.ShutdownAsync();
        await slowShutdown.UntilWaitingAsync(); // the workers are done, the adapter is being flushed
        Task flush = bus.FlushAsync();
        slowShutdown.Open();
        await shutdown;
        await flush.WaitAsync(Eventually.Limit);
        Assert.Equal(10, adapter.Count);
        Assert.Equal(EventBusException.Shutdown, (await Assert.ThrowsAsync<EventBusException>(() => bus.FlushAsync())).Kind);
    }

    [Fact]
    public async Task Flushes_that_race_with_scaling_complete()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Scaling = new() { MaxShards = 8 });
        using var stop = new CancellationTokenSource();
        Task flushing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await bus.FlushAsync();
        });
        for (int i = 0; i < 100; i++)
        {
            await bus.ScaleUpAsync(3);
            bus.EmitNumbers(i * 20, 20);
            await bus.ScaleDownAsync(3);
        }
        await stop.CancelAsync();
        await flushing.WaitAsync(Eventually.Limit);
        await bus.FlushAsync();
        Assert.Equal(2_000, adapter.Count);
    }
}
