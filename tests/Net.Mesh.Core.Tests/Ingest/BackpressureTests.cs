namespace Net.Mesh.Core.Tests.Ingest;

/// <summary>What every mode does at exactly capacity − 1 (spec 05 §3.3).</summary>
public sealed class BackpressureTests
{
    private const int Usable = 1023;

    [Theory]
    [InlineData(Backpressure.DropNewest)]
    [InlineData(Backpressure.FailProducer)]
    public async Task A_full_ring_refuses_the_new_event_and_keeps_the_old_ones(Backpressure mode)
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = mode);
        await bus.BlockAsync(adapter);

        bus.EmitNumbers(0, Usable);
        bool accepted = bus.TryEmitRaw(TestBus.Bytes(Usable), out _, out EmitRejection rejection);
        var e = Assert.Throws<EventBusException>(() => bus.EmitString("late"));

        Assert.False(accepted);
        Assert.Equal(EmitRejection.Backpressure, rejection);
        Assert.Equal(EventBusException.Backpressure, e.Kind);
        Assert.StartsWith("backpressure: ring buffer full", e.Message);
        Assert.Equal(2, bus.Statistics.EventsDropped);
        Assert.Equal(0, bus.Statistics.EventsEvicted);
        Assert.Equal(Usable, bus.Statistics.EventsPending);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(0, Usable), adapter.Payloads.Skip(1));
    }

    [Fact]
    [Trait("spec", "05 T13")]
    public async Task DropOldest_evicts_one_event_for_each_new_one_and_counts_it_in_the_bus()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest);
        await bus.BlockAsync(adapter);

        bus.EmitNumbers(0, Usable);
        Assert.Equal(0, bus.Statistics.EventsEvicted);
        bus.EmitNumbers(Usable, 10);

        Assert.Equal(10, bus.Statistics.EventsEvicted);
        Assert.Equal(10, bus.Statistics.EventsDropped);
        Assert.Equal(1 + Usable + 10, bus.Statistics.EventsIngested);
        Assert.Equal(10, bus.ShardMetrics[0].EventsDropped);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(10, Usable), adapter.Payloads.Skip(1));
    }

    [Fact]
    [Trait("spec", "05 T12")]
    public async Task Sample_admits_every_nth_event_of_a_full_ring_and_refuses_the_others()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Backpressure, o.SampleRate) = (Backpressure.Sample, 4));
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, Usable);

        var outcomes = new List<EmitRejection>();
        for (int i = 0; i < 12; i++)
        {
            bus.TryEmitRaw(TestBus.Bytes(Usable + i), out _, out EmitRejection rejection);
            outcomes.Add(rejection);
        }

        EmitRejection[] turn = [EmitRejection.Sampled, EmitRejection.Sampled, EmitRejection.Sampled, EmitRejection.None];
        Assert.Equal([.. turn, .. turn, .. turn], outcomes);
        Assert.Equal(3, bus.Statistics.EventsEvicted);
        Assert.Equal(9 + 3, bus.Statistics.EventsDropped);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal([.. TestBus.Numbers(3, Usable - 3), "1026", "1030", "1034"], adapter.Payloads.Skip(1));
    }

    [Fact]
    [Trait("spec", "05 T12")]
    public async Task Sample_works_alike_for_batches()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Backpressure, o.SampleRate) = (Backpressure.Sample, 4));
        await bus.BlockAsync(adapter);

        ReadOnlyMemory<byte>[] payloads = [.. Enumerable.Range(0, Usable + 12).Select(i => (ReadOnlyMemory<byte>)TestBus.Bytes(i))];
        int accepted = bus.EmitRawBatch(payloads);

        Assert.Equal(Usable + 3, accepted);
        Assert.Equal(9 + 3, bus.Statistics.EventsDropped);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal([.. TestBus.Numbers(3, Usable - 3), "1026", "1030", "1034"], adapter.Payloads.Skip(1));
    }

    [Theory]
    [InlineData(Backpressure.FailProducer, Usable, 0, 0)]
    [InlineData(Backpressure.DropOldest, Usable + 7, 7, 7)]
    public async Task A_batch_larger_than_the_ring_is_accounted_for_once(Backpressure mode, int expectedAccepted, int evicted, int firstKept)
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = mode);
        await bus.BlockAsync(adapter);

        int accepted = bus.EmitRawBatch([.. Enumerable.Range(0, Usable + 7).Select(i => (ReadOnlyMemory<byte>)TestBus.Bytes(i))]);

        Assert.Equal(expectedAccepted, accepted);
        Assert.Equal(7, bus.Statistics.EventsDropped);
        Assert.Equal(evicted, bus.Statistics.EventsEvicted);
        Assert.Equal(1 + expectedAccepted, bus.Statistics.EventsIngested);
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(firstKept, Usable), adapter.Payloads.Skip(1));
    }

    [Fact]
    public async Task Room_that_the_worker_makes_is_used_again_without_loss()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        for (int round = 0; round < 5; round++)
        {
            bus.EmitNumbers(round * Usable, Usable);
            await bus.FlushAsync();
        }
        Assert.Equal(TestBus.Numbers(0, 5 * Usable), adapter.Payloads);
        Assert.Equal(0, bus.Statistics.EventsDropped);
    }
}
