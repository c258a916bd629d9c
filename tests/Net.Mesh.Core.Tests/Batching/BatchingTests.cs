namespace Net.Mesh.Core.Tests.Batching;

public sealed class BatchingTests
{
    [Fact]
    public async Task A_batch_goes_when_its_target_is_reached_however_long_the_delay()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch = Fixed(100, TimeSpan.FromHours(1)), time);
        bus.EmitNumbers(0, 99);
        Assert.Empty(adapter.Attempts);
        bus.EmitNumbers(99, 1);
        await Eventually.BecomesTrueAsync(() => adapter.Stored.Count == 1, "the full batch");
        Assert.Equal(TestBus.Numbers(0, 100), adapter.Payloads);
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task A_batch_goes_when_its_first_event_has_waited_long_enough()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch = Fixed(1_000, TimeSpan.FromSeconds(5)), time);
        bus.EmitNumbers(0, 3);
        await Eventually.BecomesTrueAsync(time, TimeSpan.FromMilliseconds(100), () => adapter.Stored.Count == 1, "the delay to end");
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(5), $"it went after {time.GetUtcNow() - time.Start}");
        Assert.Equal(TestBus.Numbers(0, 3), adapter.Payloads);
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task No_batch_is_larger_than_the_options_and_the_adapter_allow()
    {
        foreach ((int max, int? adapterMax, int expected) in new (int, int?, int)[] { (300, null, 300), (300, 70, 70), (50, 70, 50) })
        {
            var adapter = new RecordingAdapter { Traits = new() { MaxBatchEvents = adapterMax } };
            await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch = Fixed(max, TimeSpan.FromMilliseconds(1)));
            await bus.BlockAsync(adapter);
            bus.EmitNumbers(0, 1_000);
            adapter.Gate.Open();
            await bus.FlushAsync();
            Assert.Equal(expected, adapter.Stored.Max(b => b.Payloads.Length));
            Assert.Equal(TestBus.Numbers(0, 1_000), adapter.Payloads.Skip(1));
        }
    }

    [Fact]
    public async Task Sequences_of_every_shard_start_at_zero_and_have_no_gaps()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity, o.Batch) = (3, 4096, Fixed(37, TimeSpan.FromMilliseconds(1))));
        bus.EmitNumbers(0, 3_000);
        await bus.FlushAsync();
        Assert.Equal(3, adapter.Stored.Select(b => b.ShardId).Distinct().Count());
        foreach (IGrouping<ushort, SentBatch> shard in adapter.Stored.GroupBy(b => b.ShardId))
        {
            ulong next = 0;
            foreach (SentBatch batch in shard)
            {
                Assert.Equal(next, batch.SequenceStart);
                next = batch.SequenceEnd;
            }
        }
        Assert.Equal(3_000, adapter.Stored.SelectMany(b => b.DedupIds).Distinct().Count());
        Assert.Single(adapter.Stored.Select(b => b.Nonce).Distinct());
    }

    [Fact]
    public async Task The_next_batch_waits_for_the_outcome_of_the_one_before()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch = Fixed(10, TimeSpan.FromMilliseconds(1)));
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 100);
        Task flush = bus.FlushAsync();
        Assert.Single(adapter.Attempts);
        Assert.Equal(1, adapter.Gate.Waiting);
        Assert.False(flush.IsCompleted);
        adapter.Gate.Open();
        await flush;
        Assert.Equal(11, adapter.Attempts.Count);
    }

    [Fact]
    public async Task Counters_follow_what_was_stored()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Batch = Fixed(10, TimeSpan.FromMilliseconds(1)));
        bus.EmitNumbers(0, 100);
        await bus.FlushAsync();
        BusStatistics statistics = bus.Statistics;
        Assert.Equal((100, 100, 0, 0), (statistics.EventsIngested, statistics.EventsDispatched, statistics.EventsPending, statistics.EventsFailed));
        Assert.Equal(adapter.Stored.Count, statistics.BatchesDispatched);
        Assert.Equal(adapter.Stored.Count, bus.ShardMetrics[0].BatchesDispatched);
    }

    private static BatchOptions Fixed(int size, TimeSpan delay) => new() { Adaptive = false, MinSize = 1, MaxSize = size, MaxDelay = delay };
}
