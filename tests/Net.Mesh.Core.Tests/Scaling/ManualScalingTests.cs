using System.Collections.Concurrent;
using System.Globalization;

namespace Net.Mesh.Core.Tests.Scaling;

public sealed class ManualScalingTests
{
    [Fact]
    [Trait("spec", "05 T25")]
    public async Task Ids_go_up_and_are_never_used_again()
    {
        await using EventBus bus = await StartAsync(new RecordingAdapter(), shards: 2, max: 4);
        Assert.Equal([2, 3], await bus.ScaleUpAsync(2));
        Assert.Equal(4, bus.ShardCount);
        IReadOnlyList<ushort> removed = await bus.ScaleDownAsync(2);
        Assert.Equal(2, removed.Count);
        Assert.Equal([4, 5], await bus.ScaleUpAsync(2));
        Assert.Equal(4, bus.ShardMetrics.Select(m => m.ShardId).Distinct().Count());
        Assert.DoesNotContain(bus.ShardMetrics, m => removed.Contains(m.ShardId));
    }

    [Fact]
    [Trait("spec", "05 T25")]
    public async Task A_new_shard_takes_events_at_once_and_a_drained_one_takes_none()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, shards: 1, max: 2);
        await bus.ScaleUpAsync(1);
        HashSet<ushort> used = [.. Enumerable.Range(0, 100).Select(i => bus.EmitRaw(TestBus.Bytes(i).AsMemory()).ShardId)];
        Assert.Equal([0, 1], used.Order().Select(id => (int)id));
        await bus.FlushAsync(); // the new shard's worker runs
        Assert.Equal(100, adapter.Count);

        adapter.Gate.Close();
        foreach (int i in Enumerable.Range(100, 100))
            bus.EmitRaw(TestBus.Bytes(i).AsMemory());
        Task<IReadOnlyList<ushort>> down = bus.ScaleDownAsync(1);
        ushort draining = bus.ShardMetrics.Single(m => m.IsDraining).ShardId;
        Assert.All(Enumerable.Range(200, 100), i => Assert.NotEqual(draining, bus.EmitRaw(TestBus.Bytes(i).AsMemory()).ShardId));
        Assert.False(down.IsCompleted);
        adapter.Gate.Open();
        Assert.Equal([draining], await down);
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(0, 300).Order(), adapter.Payloads.Order());
    }

    [Fact]
    [Trait("spec", "05 T26")]
    public async Task What_is_left_in_a_removed_shard_is_numbered_on_with_the_nonce_of_the_bus()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, shards: 2, max: 2);
        bus.EmitNumbers(0, 100);
        await bus.FlushAsync();
        adapter.Gate.Close();
        bus.EmitNumbers(100, 400);
        Task<IReadOnlyList<ushort>> down = bus.ScaleDownAsync(1);
        adapter.Gate.Open();
        ushort removed = Assert.Single(await down);
        SentBatch[] own = [.. adapter.Stored.Where(b => b.ShardId == removed)];
        Assert.True(own.Sum(b => b.Payloads.Length) > 100);
        Assert.Equal(own.Select(b => b.SequenceStart).Skip(1), own.Select(b => b.SequenceEnd).SkipLast(1));
        Assert.Single(own, b => b.SequenceStart == 0);
        await bus.FlushAsync();
        Assert.Single(adapter.Stored.Select(b => b.Nonce).Distinct());
        Assert.Equal(500, adapter.Stored.SelectMany(b => b.DedupIds).Distinct().Count());
    }

    [Fact]
    [Trait("spec", "05 T27")]
    [Trait("spec", "05 T26")]
    public async Task Repeated_cycles_under_load_lose_nothing_and_repeat_no_id()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, shards: 1, max: 4);
        var accepted = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        Task[] producers = [.. Enumerable.Range(0, 3).Select(p => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 100_000 && !stop.IsCancellationRequested; i++)
                {
                    string text = string.Create(CultureInfo.InvariantCulture, $"{p}:{i}");
                    bool isAccepted = i % 5 == 0
                        ? bus.EmitRawBatch([TestBus.Bytes(text)]) == 1
                        : bus.TryEmitRaw(TestBus.Bytes(text).AsMemory(), out _, out EmitRejection rejection) || Unexpected(rejection);
                    if (isAccepted)
                        accepted.Add(text);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        for (int cycle = 0; cycle < 30; cycle++)
        {
            await bus.ScaleUpAsync(3);
            await bus.ScaleDownAsync(3);
        }
        await stop.CancelAsync();
        await Task.WhenAll(producers);
        await bus.FlushAsync();

        Assert.Equal(accepted.Order(StringComparer.Ordinal), adapter.Payloads.Order(StringComparer.Ordinal));
        Assert.Equal(accepted.Count, adapter.Stored.SelectMany(b => b.DedupIds).Distinct().Count());
        Assert.All(adapter.Stored.GroupBy(b => b.ShardId), shard => Assert.Single(shard, b => b.SequenceStart == 0));
        Assert.Equal(accepted.Count, bus.Statistics.EventsIngested); // also of shards that are gone
        Assert.Equal(0, bus.Statistics.EventsUnrouted);

        static bool Unexpected(EmitRejection rejection) => rejection == EmitRejection.Backpressure ? false : throw new InvalidOperationException($"{rejection}");
    }

    [Fact]
    public async Task The_bounds_and_a_bus_without_scaling_refuse_with_the_remedy()
    {
        await using EventBus bus = await StartAsync(new RecordingAdapter(), shards: 2, max: 3);
        var e = await Assert.ThrowsAsync<EventBusException>(() => bus.ScaleUpAsync(2));
        Assert.Equal(EventBusException.Scaling, e.Kind);
        Assert.Contains("the most is 3", e.Message);
        Assert.Contains("the least is 1", (await Assert.ThrowsAsync<EventBusException>(() => bus.ScaleDownAsync(2))).Message);
        Assert.Equal(2, bus.ShardCount);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bus.ScaleUpAsync(0));

        await using EventBus rigid = await TestBus.StartAsync(new RecordingAdapter(), o => o.Scaling = null);
        Assert.False(rigid.IsScalingEnabled);
        Assert.Equal(EventBusException.Scaling, (await Assert.ThrowsAsync<EventBusException>(() => rigid.ScaleUpAsync(1))).Kind);
        rigid.StartScalingMonitor();
    }

    [Fact]
    [Trait("spec", "05 T25")]
    public async Task Concurrent_requests_stay_within_the_bounds()
    {
        await using EventBus bus = await StartAsync(new RecordingAdapter(), shards: 1, max: 5);
        Task<IReadOnlyList<ushort>>[] requests = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(() => bus.ScaleUpAsync(1)))];
        await Task.WhenAll(requests.Select(async r => await ((Task)r).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing)));
        Assert.Equal(4, requests.Count(r => r.IsCompletedSuccessfully));
        Assert.Equal(5, bus.ShardCount);
        Assert.Equal([1, 2, 3, 4], requests.Where(r => r.IsCompletedSuccessfully).SelectMany(r => r.Result).Order().Select(id => (int)id));
    }

    [Fact]
    [Trait("spec", "05 T10")]
    public async Task Events_of_a_removed_shard_are_still_read()
    {
        await using EventBus bus = await EventBus.CreateBuilder().Configure(o => (o.Shards, o.Scaling) = (4, new() { MaxShards = 4 })).UseMemory().BuildAsync();
        bus.EmitNumbers(0, 400);
        await bus.ScaleDownAsync(3);
        Assert.Equal(1, bus.ShardCount);
        await bus.FlushAsync();
        Assert.Equal(TestBus.Numbers(0, 400).Order(), (await bus.PollAllAsync()).Select(e => e.GetString()).Order());
    }

    [Fact]
    public async Task An_event_that_finds_no_shard_is_unrouted_and_counted_apart()
    {
        var runtime = new BusRuntime(new() { Shards = 1 }, new RecordingAdapter(), TimeProvider.System, new ListLoggerFactory());
        await runtime.StartAsync(CancellationToken.None);
        var emitter = new Emitter(runtime, serializerWritesJson: true);
        await runtime.Topology.RemoveAsync(runtime.Topology.Entries[0].Shard); // below what the controller would allow
        Assert.Equal(EmitRejection.Unrouted, emitter.TryEmitCopy("1"u8, isSerialized: false, out _));
        Assert.Equal(EmitRejection.Unrouted, (await emitter.EmitWhenRoomAsync(TestBus.Bytes("1"), CancellationToken.None)).Rejection);
        Assert.Equal(0, emitter.EmitMany([TestBus.Bytes("1"), TestBus.Bytes("2")], isSerialized: false));
        Assert.Equal(4, runtime.Statistics.EventsUnrouted);
        Assert.Equal(0, runtime.Statistics.EventsDropped);
        await runtime.ShutdownAsync(CancellationToken.None);
        Assert.Equal(EmitRejection.ShuttingDown, emitter.TryEmitCopy("1"u8, isSerialized: false, out _));
        Assert.Equal(4, runtime.Statistics.EventsUnrouted);
    }

    private static Task<EventBus> StartAsync(RecordingAdapter adapter, int shards, int max) =>
        TestBus.StartAsync(adapter, o => (o.Shards, o.Scaling) = (shards, new ScalingOptions { MaxShards = max }));
}
