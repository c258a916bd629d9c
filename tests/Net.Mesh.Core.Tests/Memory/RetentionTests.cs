using Microsoft.Extensions.Logging.Abstractions;

namespace Net.Mesh.Core.Tests.Memory;

/// <summary>What the memory adapter keeps (spec 05 §12).</summary>
public sealed class RetentionTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    [Trait("spec", "05 T11")]
    public async Task Ids_count_from_one_in_every_shard_and_old_cursors_start_at_the_oldest()
    {
        IEventAdapter adapter = await OpenAsync(new() { MaxEvents = 10 });
        await WriteAsync(adapter, 0, 25);
        (string[] texts, ulong[] ids, ShardPage page) = await ReadAsync(adapter, null, 100);
        Assert.Equal(TestBus.Numbers(15, 10), texts);
        Assert.Equal(16UL, ids[0]);
        Assert.Equal(EventPosition.FromNumber(25), page.Next);
        Assert.False(page.HasMore);
        Assert.Equal(TestBus.Numbers(15, 10), (await ReadAsync(adapter, 3, 100)).Texts);
        Assert.Equal(TestBus.Numbers(20, 5), (await ReadAsync(adapter, 20, 100)).Texts);
        Assert.Empty((await ReadAsync(adapter, 25, 100)).Texts);
    }

    [Fact]
    [Trait("spec", "05 T30")]
    public async Task Hostile_positions_and_limits_do_not_start_over()
    {
        IEventAdapter adapter = await OpenAsync(new());
        await WriteAsync(adapter, 0, 5);
        Assert.Empty((await ReadAsync(adapter, ulong.MaxValue, 100)).Texts);
        Assert.Empty((await ReadAsync(adapter, ulong.MaxValue, int.MaxValue)).Texts);
        Assert.Equal(5, (await ReadAsync(adapter, null, int.MaxValue)).Texts.Length);
        (string[] none, _, ShardPage page) = await ReadAsync(adapter, null, 0);
        Assert.Empty(none);
        Assert.Null(page.Next);
        var e = await Assert.ThrowsAsync<AdapterException>(async () =>
            await adapter.PollShardAsync(0, EventPosition.Parse("340282366920938463463374607431768211455"), 10, [], CancellationToken.None));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
    }

    [Fact]
    public async Task The_newest_events_of_each_shard_are_kept_by_count_as_many_as_the_ring_holds_by_default()
    {
        IEventAdapter adapter = await OpenAsync(null, bufferCapacity: 64);
        await WriteAsync(adapter, 0, 1_000, perBatch: 7);
        Assert.Equal(TestBus.Numbers(936, 64), (await ReadAsync(adapter, null, 1_000)).Texts);
    }

    [Fact]
    public async Task Bytes_are_bounded_but_the_newest_event_always_stays()
    {
        IEventAdapter adapter = await OpenAsync(new() { MaxBytes = 1_000 });
        foreach (int size in new[] { 400, 400, 300, 5_000 })
        {
            await WriteTextAsync(adapter, new string('x', size));
            (string[] texts, _, _) = await ReadAsync(adapter, null, 100);
            Assert.Equal(size, texts[^1].Length);
            Assert.True(texts.Length == 1 || texts.Sum(t => t.Length) <= 1_000);
        }
        await WriteTextAsync(adapter, "small");
        Assert.Equal(["small"], (await ReadAsync(adapter, null, 100)).Texts);
    }

    [Fact]
    public async Task Events_go_when_they_are_too_old_also_when_nothing_is_written()
    {
        IEventAdapter adapter = await OpenAsync(new() { MaxAge = TimeSpan.FromMinutes(1) });
        await WriteAsync(adapter, 0, 3);
        _time.Advance(TimeSpan.FromSeconds(40));
        await WriteAsync(adapter, 3, 2);
        Assert.Equal(5, (await ReadAsync(adapter, null, 10)).Texts.Length);
        _time.Advance(TimeSpan.FromSeconds(30));
        (string[] texts, ulong[] ids, _) = await ReadAsync(adapter, null, 10);
        Assert.Equal(["3", "4"], texts);
        Assert.Equal(new ulong[] { 4, 5 }, ids);
        Assert.Equal(EventPosition.FromNumber(5), await adapter.GetTailAsync(0, CancellationToken.None));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty((await ReadAsync(adapter, null, 10)).Texts);
        Assert.Null(await adapter.GetTailAsync(0, CancellationToken.None));
        await WriteAsync(adapter, 5, 1);
        Assert.Equal(6UL, Assert.Single((await ReadAsync(adapter, null, 10)).Ids));
    }

    [Fact]
    public async Task Any_writes_under_any_limits_leave_the_newest_events_readable()
    {
        Gen<MemoryAdapterOptions> limits = Gen.Select(Gen.Int[1, 3_000], Gen.Long[1, 300_000], Gen.Int[1, 20],
            (events, bytes, seconds) => new MemoryAdapterOptions { MaxEvents = events, MaxBytes = bytes, MaxAge = TimeSpan.FromSeconds(seconds) });
        await Gen.Select(limits, Gen.Select(Gen.Int[0, 2_500], Gen.Int[0, 100], Gen.Int[0, 8], Gen.Bool).Array[1, 15]).SampleAsync(async (options, steps) =>
        {
            IEventAdapter adapter = await OpenAsync(options);
            var model = new List<(ulong Id, int Length, DateTimeOffset At)>();
            ulong next = 1;
            var held = new List<(StoredEvent Event, string Text)>();
            foreach ((int count, int length, int seconds, bool reads) in steps)
            {
                string text = new((char)('a' + length % 26), length);
                await adapter.WriteBatchAsync(
                    new(0, 0, 1, Enumerable.Repeat(new BatchEvent(TestBus.Bytes(text), 0, 0), count).ToArray()), CancellationToken.None);
                for (int i = 0; i < count; i++)
                    model.Add((next++, length, _time.GetUtcNow()));
                Trim(model, options, _time.GetUtcNow());
                _time.Advance(TimeSpan.FromSeconds(seconds));
                if (!reads)
                    continue;
                model.RemoveAll(e => _time.GetUtcNow() - e.At > options.MaxAge);
                var events = new List<StoredEvent>();
                ShardPage page = await adapter.PollShardAsync(0, null, int.MaxValue, events, CancellationToken.None);
                Assert.Equal(model.Select(e => EventPosition.FromNumber(e.Id)), events.Select(e => e.Id));
                Assert.Equal(model.Select(e => e.Length), events.Select(e => e.Raw.Length));
                Assert.Equal(model.Count == 0 ? null : EventPosition.FromNumber(model[^1].Id), page.Next);
                if (events.Count > 0)
                    held.Add((events[0], events[0].GetString()));
            }
            Assert.All(held, h => Assert.Equal(h.Text, h.Event.GetString()));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Blocks_that_a_reader_may_hold_are_not_used_again_and_others_are()
    {
        foreach (bool reads in new[] { false, true })
        {
            var shard = new MemoryShard(50, long.MaxValue, null, _time);
            BatchEvent[] batch = [.. Enumerable.Repeat(new BatchEvent(new byte[8_000], 0, 0), 10)];
            var events = new List<StoredEvent>();
            for (int i = 0; i < 20; i++) // warms up
                Append();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
                Append();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(reads ? allocated > 50 * 64_000 : allocated == 0, $"{allocated} bytes, reads: {reads}");

            void Append()
            {
                shard.Append(batch);
                events.Clear();
                if (reads)
                    shard.Read(null, 50, events);
            }
        }
    }

    [Fact]
    public async Task The_noop_adapter_counts_and_forgets()
    {
        var noop = new NoopEventAdapter();
        await using EventBus bus = await TestBus.StartAsync(noop);
        bus.EmitNumbers(0, 100);
        await bus.FlushAsync();
        Assert.Equal(100, noop.EventCount);
        Assert.Equal(bus.Statistics.BatchesDispatched, noop.BatchCount);
        Assert.Empty(await bus.PollAllAsync());
        noop.ResetCounters();
        Assert.Equal((0, 0), (noop.EventCount, noop.BatchCount));
        Assert.True(await bus.IsHealthyAsync());
        await bus.ShutdownAsync();
        Assert.False(await noop.IsHealthyAsync(CancellationToken.None));
        var e = await Assert.ThrowsAsync<AdapterException>(async () => await noop.WriteBatchAsync(new(0, 0, 1, default), CancellationToken.None));
        Assert.Equal(AdapterErrorKind.Shutdown, e.ErrorKind);
    }

    private static void Trim(List<(ulong Id, int Length, DateTimeOffset At)> model, MemoryAdapterOptions options, DateTimeOffset now)
    {
        model.RemoveAll(e => now - e.At > options.MaxAge);
        long bytes = model.Sum(e => (long)e.Length);
        int drop = 0;
        while (model.Count - drop > options.MaxEvents || (bytes > options.MaxBytes && model.Count - drop > 1))
            bytes -= model[drop++].Length;
        model.RemoveRange(0, drop);
    }

    private async Task<IEventAdapter> OpenAsync(MemoryAdapterOptions? options, int bufferCapacity = 1 << 20)
    {
        var adapter = new MemoryEventAdapter(options);
        await adapter.InitializeAsync(
            new()
            {
                TimeProvider = _time,
                LoggerFactory = NullLoggerFactory.Instance,
                ShardCount = 1,
                BufferCapacity = bufferCapacity,
                AdapterTimeout = TimeSpan.FromSeconds(1),
            },
            CancellationToken.None);
        return adapter;
    }

    private static async Task WriteAsync(IEventAdapter adapter, int first, int count, int perBatch = int.MaxValue)
    {
        foreach (int[] batch in Enumerable.Range(first, count).Chunk(perBatch))
            await adapter.WriteBatchAsync(new(0, 0, 1, batch.Select(i => new BatchEvent(TestBus.Bytes(i), (ulong)i, 0)).ToArray()), CancellationToken.None);
    }

    private static ValueTask WriteTextAsync(IEventAdapter adapter, string text) =>
        adapter.WriteBatchAsync(new(0, 0, 1, new[] { new BatchEvent(TestBus.Bytes(text), 0, 0) }), CancellationToken.None);

    private static async Task<(string[] Texts, ulong[] Ids, ShardPage Page)> ReadAsync(IEventAdapter adapter, ulong? after, int limit)
    {
        var events = new List<StoredEvent>();
        ShardPage page = await adapter.PollShardAsync(0, after is { } id ? EventPosition.FromNumber(id) : null, limit, events, CancellationToken.None);
        return ([.. events.Select(e => e.GetString())], [.. events.Select(e => ulong.Parse(e.Id.ToString(), System.Globalization.CultureInfo.InvariantCulture))], page);
    }
}
