namespace Net.Mesh.Core.Tests.Ingest;

public sealed class EmitAsyncTests
{
    [Theory]
    [InlineData(Backpressure.DropOldest)]
    [InlineData(Backpressure.DropNewest)]
    [InlineData(Backpressure.FailProducer)]
    [InlineData(Backpressure.Sample)]
    public async Task Waits_for_room_and_never_evicts_whatever_the_mode(Backpressure mode)
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Backpressure, o.SampleRate) = (mode, 1));
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 1023);

        ValueTask<Receipt> pending = bus.EmitRawAsync(TestBus.Bytes(1023));
        Assert.False(pending.IsCompleted);
        Assert.Equal(0, bus.Statistics.EventsDropped);
        adapter.Gate.Open();
        Assert.True((await pending).Timestamp > 0);
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(0, 1024), adapter.Payloads.Skip(1));
        Assert.Equal(0, bus.Statistics.EventsDropped);
    }

    [Fact]
    public async Task Cancellation_ends_the_wait_and_the_event_is_not_emitted()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 1023);
        using var stop = new CancellationTokenSource();
        ValueTask<Receipt> pending = bus.EmitRawAsync(TestBus.Bytes("never"), stop.Token);
        Assert.False(pending.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.DoesNotContain("never", adapter.Payloads);
    }

    [Fact]
    public async Task Shutdown_ends_the_wait_with_an_error_or_takes_the_event()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 1023);
        Task<Receipt> pending = bus.EmitRawAsync(TestBus.Bytes("late")).AsTask();
        Task shutdown = bus.ShutdownAsync();
        var e = await Assert.ThrowsAsync<EventBusException>(() => pending);
        Assert.Equal(EventBusException.Shutdown, e.Kind);
        adapter.Gate.Open();
        await shutdown;
        Assert.Equal(TestBus.Numbers(0, 1023), adapter.Payloads.Skip(1));
    }

    [Fact]
    public async Task Producers_that_wait_lose_nothing_through_a_small_ring()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(p => Task.Run(async () =>
        {
            for (int i = 0; i < 5_000; i++)
                await bus.EmitRawAsync(TestBus.Bytes($"{p}-{i}"));
        })));
        await bus.FlushAsync();
        Assert.Equal(20_000, adapter.Payloads.Distinct().Count());
        Assert.Equal(20_000, adapter.Count);
    }

    [Fact]
    public async Task An_event_the_adapter_cannot_carry_is_refused_at_once()
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter { Traits = new() { RequiresJson = true, MaxPayloadBytes = 10 } });
        Assert.Equal(EventBusException.Serialization, (await Assert.ThrowsAsync<EventBusException>(() => bus.EmitRawAsync(TestBus.Bytes("x")).AsTask())).Kind);
        Assert.Equal(EventBusException.TooLarge, (await Assert.ThrowsAsync<EventBusException>(() => bus.EmitRawAsync(new byte[11]).AsTask())).Kind);
    }
}
