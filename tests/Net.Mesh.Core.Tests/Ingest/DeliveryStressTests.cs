using System.Collections.Concurrent;
using System.Globalization;

namespace Net.Mesh.Core.Tests.Ingest;

/// <summary>Many producers at once: what was accepted is delivered, once, in order (spec 05 §3.6, §6.2).</summary>
public sealed class DeliveryStressTests
{
    private const int Producers = 4;

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(3, 1024)]
    [InlineData(2, 1 << 17)]
    public async Task Every_accepted_event_is_delivered_once_and_in_its_producers_order(int shards, int capacity)
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity) = (shards, capacity));
        ConcurrentBag<string> accepted = Produce(bus, 20_000, () => false);
        await bus.FlushAsync();
        AssertDeliveredOnce(accepted, adapter);
        Assert.Equal(accepted.Count, bus.Statistics.EventsIngested);
        Assert.Equal(accepted.Count, bus.Statistics.EventsDispatched);
        Assert.Equal(Producers * 20_000, accepted.Count + bus.Statistics.EventsDropped);
    }

    [Fact]
    public async Task With_evictions_nothing_is_delivered_twice_and_the_counters_add_up()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.Backpressure) = (2, Backpressure.DropOldest));
        ConcurrentBag<string> accepted = Produce(bus, 30_000, () => false);
        await bus.FlushAsync();
        IReadOnlyList<string> delivered = adapter.Payloads;
        Assert.Equal(Producers * 30_000, accepted.Count);
        Assert.Equal(delivered.Count, delivered.Distinct().Count());
        Assert.Equal(accepted.Count, delivered.Count + bus.Statistics.EventsEvicted);
        AssertOrdered(adapter);
    }

    [Fact]
    [Trait("spec", "05 T24")]
    public async Task Shutdown_delivers_everything_accepted_while_producers_hammer()
    {
        for (int round = 0; round < 10; round++)
        {
            var adapter = new RecordingAdapter();
            EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity) = (2, 8192));
            Task<ConcurrentBag<string>> producing = Task.Run(() => Produce(bus, int.MaxValue, () => !bus.IsRunning));
            await Eventually.BecomesTrueAsync(() => bus.Statistics.EventsIngested > 3_000, "producers to be in full swing");
            await bus.ShutdownAsync();
            ConcurrentBag<string> accepted = await producing;
            AssertDeliveredOnce(accepted, adapter);
            Assert.False(bus.Statistics.ShutdownWasLossy);
            Assert.Equal(accepted.Count, bus.Statistics.EventsIngested);
        }
    }

    [Fact]
    public async Task Copied_payloads_survive_many_threads_and_evictions_intact()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest);
        Thread[] producers = [.. Enumerable.Range(0, Producers).Select(p => new Thread(() =>
        {
            for (int i = 0; i < 10_000; i++)
                bus.EmitString($"{p}{new string((char)('a' + i % 26), i % 300)}{p}");
        }))];
        Array.ForEach(producers, t => t.Start());
        Array.ForEach(producers, t => t.Join());
        await bus.FlushAsync();
        Assert.NotEmpty(adapter.Payloads);
        Assert.All(adapter.Payloads, text =>
        {
            Assert.Equal(text[0], text[^1]);
            Assert.InRange(text[1..^1].Distinct().Count(), 0, 1);
        });
    }

    // Single emits and batches in turns, so that both ways meet in the ring.
    private static ConcurrentBag<string> Produce(EventBus bus, int each, Func<bool> stop)
    {
        var accepted = new ConcurrentBag<string>();
        Thread[] threads = [.. Enumerable.Range(0, Producers).Select(p => new Thread(() =>
        {
            for (int i = 0; i < each && !stop(); i++)
            {
                string text = string.Create(CultureInfo.InvariantCulture, $"{p}:{i}");
                bool wasAccepted = (i % 4) switch
                {
                    0 => bus.EmitRawBatch([TestBus.Bytes(text)]) == 1,
                    1 => bus.TryEmitRaw(TestBus.Bytes(text).AsSpan(), out _, out _),
                    _ => bus.TryEmitRaw(TestBus.Bytes(text).AsMemory(), out _, out _),
                };
                if (wasAccepted)
                    accepted.Add(text);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return accepted;
    }

    private static void AssertDeliveredOnce(IReadOnlyCollection<string> accepted, RecordingAdapter adapter)
    {
        Assert.Equal(accepted.Order(StringComparer.Ordinal), adapter.Payloads.Order(StringComparer.Ordinal));
        AssertOrdered(adapter);
    }

    private static void AssertOrdered(RecordingAdapter adapter)
    {
        foreach (IGrouping<ushort, SentBatch> shard in adapter.Stored.GroupBy(b => b.ShardId))
        {
            foreach (var producer in shard.SelectMany(b => b.Payloads).GroupBy(text => text[0]))
            {
                int[] numbers = [.. producer.Select(text => int.Parse(text.AsSpan(2), CultureInfo.InvariantCulture))];
                Assert.Equal(numbers.Order(), numbers);
            }
        }
    }
}
