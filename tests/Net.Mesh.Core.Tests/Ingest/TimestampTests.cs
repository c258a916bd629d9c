using System.Collections.Concurrent;

namespace Net.Mesh.Core.Tests.Ingest;

public sealed class TimestampTests
{
    [Fact]
    public async Task Timestamps_are_nanoseconds_of_the_clock_and_increase_strictly_while_it_stands_still()
    {
        var time = new FakeTimeProvider();
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter(), time: time);
        ulong first = bus.EmitString("a").Timestamp;
        Assert.Equal(first + 1, bus.EmitString("b").Timestamp);
        time.Advance(TimeSpan.FromSeconds(1));
        ulong last = 0;
        for (int i = 0; i < 20; i++) // in a burst the clock is read on every 16th event
        {
            ulong next = bus.EmitString("c").Timestamp;
            Assert.True(next > last);
            last = next;
        }
        Assert.InRange(last, 1_000_000_000UL, 1_000_000_020UL);
        Task shutdown = bus.ShutdownAsync();
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(1), shutdown);
    }

    [Fact]
    public async Task The_receipt_names_the_timestamp_and_shard_of_the_stored_event()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(3).UseMemory().BuildAsync();
        var receipts = new Dictionary<string, Receipt>();
        for (int i = 0; i < 300; i++)
            receipts[$"{i}"] = bus.EmitString($"{i}");
        await bus.FlushAsync();
        List<StoredEvent> events = await bus.PollAllAsync();
        Assert.Equal(300, events.Count);
        Assert.All(events, e => Assert.Equal(receipts[e.GetString()], new Receipt(e.ShardId, e.InsertionTimestamp)));
    }

    [Fact]
    public async Task Timestamps_of_a_shard_increase_strictly_in_stored_order_under_contention()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.BufferCapacity = 1 << 17);
        var receipts = new ConcurrentDictionary<string, ulong>();
        using var start = new Barrier(4);
        Thread[] producers = [.. Enumerable.Range(0, 4).Select(p => new Thread(() =>
        {
            start.SignalAndWait();
            for (int i = 0; i < 20_000; i++)
            {
                string text = $"{p}-{i}";
                receipts[text] = bus.EmitString(text).Timestamp;
            }
        }))];
        Array.ForEach(producers, t => t.Start());
        Array.ForEach(producers, t => t.Join());
        await bus.FlushAsync();

        SentBatch[] stored = [.. adapter.Stored];
        ulong[] timestamps = [.. stored.SelectMany(b => b.Timestamps)];
        Assert.Equal(80_000, timestamps.Length);
        int disordered = Enumerable.Range(1, timestamps.Length - 1).Count(i => timestamps[i] <= timestamps[i - 1]);
        Assert.Equal(0, disordered);
        Assert.All(stored.SelectMany(b => b.Payloads.Zip(b.Timestamps)), e => Assert.Equal(receipts[e.First], e.Second));
    }

    [Fact]
    public async Task Timestamps_increase_strictly_where_batches_and_single_events_meet()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.BufferCapacity = 1 << 17);
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Range(0, 50).Select(i => (ReadOnlyMemory<byte>)TestBus.Bytes(i))];
        using var start = new Barrier(2);
        var single = new Thread(() =>
        {
            start.SignalAndWait();
            for (int i = 0; i < 20_000; i++)
                bus.EmitRaw("1"u8);
        });
        single.Start();
        start.SignalAndWait();
        for (int i = 0; i < 400; i++)
            Assert.Equal(50, bus.EmitRawBatch(batch));
        single.Join();
        await bus.FlushAsync();
        ulong[] timestamps = [.. adapter.Stored.SelectMany(b => b.Timestamps)];
        Assert.Equal(40_000, timestamps.Length);
        Assert.Equal(0, Enumerable.Range(1, timestamps.Length - 1).Count(i => timestamps[i] <= timestamps[i - 1]));
    }
}
