namespace Net.Mesh.Core.Tests.Producer;

/// <summary>The identity of events over restarts and between buses (spec 05 §8, T1, T2).</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task New_events_after_a_restart_get_fresh_ids_and_are_stored()
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        for (int run = 0; run < 4; run++)
        {
            await using EventBus bus = await StartAsync(adapter, shards: 3);
            bus.EmitNumbers(run * 50, 50);
            await bus.FlushAsync();
        }
        Assert.Equal(0, adapter.DuplicatesDropped);
        Assert.Equal(TestBus.Numbers(0, 200).Order(), adapter.Payloads.Order());
        Assert.Single(adapter.Stored.Select(b => b.Nonce).Distinct());
        Assert.Equal(200, adapter.Stored.SelectMany(b => b.DedupIds).Distinct().Count());
        foreach (IGrouping<ushort, SentBatch> shard in adapter.Stored.GroupBy(b => b.ShardId))
            Assert.Equal(shard.Select(b => b.SequenceStart).Skip(1), shard.Select(b => b.SequenceEnd).SkipLast(1));
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task Numbers_of_batches_that_were_given_up_are_not_used_by_the_next_run()
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true, Failure = _ => new AdapterException(AdapterErrorKind.Fatal, "no") };
        await using (EventBus bus = await StartAsync(adapter))
        {
            bus.EmitNumbers(0, 5);
            await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
        }
        adapter.Failure = _ => null;
        await using (EventBus bus = await StartAsync(adapter))
        {
            bus.EmitNumbers(5, 5);
            await bus.FlushAsync();
        }
        Assert.Equal(10, adapter.Attempts.SelectMany(b => b.DedupIds).Distinct().Count());
        Assert.Equal(TestBus.Numbers(5, 5), adapter.Payloads);
    }

    [Fact]
    [Trait("spec", "05 T2")]
    public async Task Buses_of_one_process_without_a_nonce_file_never_share_an_id()
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        await using (EventBus first = await TestBus.StartAsync(adapter))
        await using (EventBus second = await TestBus.StartAsync(adapter))
        {
            first.EmitNumbers(0, 10);
            second.EmitNumbers(10, 10);
            await first.FlushAsync();
            await second.FlushAsync();
        }
        await using (EventBus third = await TestBus.StartAsync(adapter))
        {
            third.EmitNumbers(20, 10);
            await third.FlushAsync();
        }
        Assert.Equal(0, adapter.DuplicatesDropped);
        Assert.Equal(3, adapter.Stored.Select(b => b.Nonce).Distinct().Count());
        Assert.Equal(TestBus.Numbers(0, 30).Order(), adapter.Payloads.Order());
    }

    [Fact]
    public async Task Sequences_stop_at_the_top_and_never_start_over()
    {
        var adapter = new RecordingAdapter();
        await using (await StartAsync(adapter))
        {
        }
        using (ShardJournal journal = ShardJournal.Open(_folder.File("producer.nonce.journal"), 0, 1, flushToDisk: false))
            journal.End(ulong.MaxValue - 3, wasStored: true);
        await using EventBus bus = await StartAsync(adapter);
        for (int i = 0; i < 3; i++)
        {
            bus.EmitNumbers(i * 2, 2);
            await bus.FlushAsync();
        }
        Assert.Equal(ulong.MaxValue - 3, adapter.Stored[0].SequenceStart);
        Assert.Equal(ulong.MaxValue, adapter.Stored[^1].SequenceStart);
    }

    [Fact]
    public async Task The_nonce_is_the_same_on_shards_that_were_added_later()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, shards: 1, o => o.Scaling = new() { MaxShards = 4 });
        await bus.ScaleUpAsync(3);
        bus.EmitNumbers(0, 200);
        await bus.FlushAsync();
        Assert.Equal(4, adapter.Stored.Select(b => b.ShardId).Distinct().Count());
        Assert.Equal(ProducerNonceFile.LoadOrCreate(_folder.File("producer.nonce")), Assert.Single(adapter.Stored.Select(b => b.Nonce).Distinct()));
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task Shards_that_were_scaled_away_keep_their_numbers_for_the_next_run()
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        for (int run = 0; run < 3; run++)
        {
            await using EventBus bus = await StartAsync(adapter, shards: 1, o => o.Scaling = new() { MaxShards = 4 });
            await bus.ScaleUpAsync(3);
            bus.EmitNumbers(run * 100, 100);
            await bus.ScaleDownAsync(3);
            await bus.FlushAsync();
        }
        Assert.Equal(0, adapter.DuplicatesDropped);
        Assert.Equal(300, adapter.Payloads.Distinct().Count());
    }

    [Fact]
    public async Task A_second_bus_over_the_same_nonce_file_is_refused_while_the_first_runs()
    {
        var adapter = new RecordingAdapter();
        await using (EventBus bus = await StartAsync(adapter))
        {
            var second = new RecordingAdapter();
            var e = await Assert.ThrowsAsync<AdapterException>(() => StartAsync(second));
            Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
            Assert.Contains("in use by another bus or process", e.Message);
        }
        await using EventBus third = await StartAsync(adapter);
        Assert.True(third.IsRunning);
    }

    private Task<EventBus> StartAsync(RecordingAdapter adapter, int shards = 1, Action<EventBusOptions>? configure = null) =>
        TestBus.StartAsync(adapter, o =>
        {
            (o.Shards, o.ProducerNonceFile, o.Batch.MaxSize, o.Batch.MinSize) = (shards, _folder.File("producer.nonce"), 20, 1);
            configure?.Invoke(o);
        });
}
