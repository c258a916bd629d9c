namespace Net.Mesh.Core.Tests.Polling;

public sealed class SubscribeTests
{
    [Fact]
    public async Task A_subscription_reads_from_the_beginning_and_goes_on_with_what_arrives()
    {
        await using EventBus bus = await MemoryBusAsync();
        bus.EmitNumbers(0, 50);
        await bus.FlushAsync();
        Task<List<string>> reading = ReadAsync(bus, new() { PageSize = 7 }, 100);
        bus.EmitNumbers(50, 50);
        Assert.Equal(TestBus.Numbers(0, 100).Order(), (await reading.WaitAsync(Eventually.Limit)).Order());
    }

    [Fact]
    public async Task Two_subscriptions_have_cursors_of_their_own()
    {
        await using EventBus bus = await MemoryBusAsync();
        Task<List<string>> first = ReadAsync(bus, new(), 30);
        Task<List<string>> second = ReadAsync(bus, new() { PageSize = 1 }, 30);
        bus.EmitNumbers(0, 30);
        Assert.Equal(TestBus.Numbers(0, 30).Order(), (await first.WaitAsync(Eventually.Limit)).Order());
        Assert.Equal(TestBus.Numbers(0, 30).Order(), (await second.WaitAsync(Eventually.Limit)).Order());
    }

    [Fact]
    public async Task Latest_starts_behind_what_is_there()
    {
        await using EventBus bus = await MemoryBusAsync();
        bus.EmitNumbers(0, 50);
        await bus.FlushAsync();
        await using IAsyncEnumerator<StoredEvent> events = bus.SubscribeAsync(new() { StartAt = SubscribeFrom.Latest }).GetAsyncEnumerator();
        ValueTask<bool> next = events.MoveNextAsync(); // subscribes
        bus.EmitNumbers(50, 1);
        Assert.True(await next.AsTask().WaitAsync(Eventually.Limit));
        Assert.Equal("50", events.Current.GetString());
    }

    [Fact]
    public async Task A_cursor_a_filter_and_shards_narrow_a_subscription()
    {
        await using EventBus bus = await MemoryBusAsync(shards: 4);
        for (int i = 0; i < 100; i++)
            bus.EmitString($$"""{"even":{{(i % 2 == 0 ? "true" : "false")}},"i":{{i}}}""");
        await bus.FlushAsync();
        using PollResponse page = await bus.PollAsync(new() { Limit = 10 });
        string[] read = [.. page.Events.Select(e => e.GetString())];
        string[] rest = [.. (await bus.PollAllAsync(new() { Cursor = page.Cursor })).Select(e => e.GetString())];
        Assert.Equal(90, rest.Length);
        Assert.Equal(rest.Order(), (await ReadAsync(bus, new() { Cursor = page.Cursor }, 90)).Order());

        string[] even = [.. rest.Concat(read).Where(text => text.Contains("true", StringComparison.Ordinal))];
        Assert.Equal(even.Order(), (await ReadAsync(bus, new() { Filter = Filter.Eq("even", true), PageSize = 3 }, 50)).Order());

        string[] ofShard = [.. (await bus.PollAllAsync(new() { Shards = [2] })).Select(e => e.GetString())];
        Assert.NotEmpty(ofShard);
        Assert.Equal(ofShard, await ReadAsync(bus, new() { Shards = [2] }, ofShard.Length));
    }

    [Fact]
    public async Task Cancellation_ends_a_waiting_subscription_promptly_with_the_exception()
    {
        var time = new FakeTimeProvider(); // stands still: only the cancellation can end the wait
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithTimeProvider(time).UseMemory().BuildAsync();
        using var stop = new CancellationTokenSource();
        IAsyncEnumerator<StoredEvent> events = bus.SubscribeAsync(new(), stop.Token).GetAsyncEnumerator(stop.Token);
        Task<bool> next = events.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(Eventually.Limit));
        await events.DisposeAsync();
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task Shutdown_completes_a_waiting_subscription()
    {
        var time = new FakeTimeProvider();
        EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithTimeProvider(time).UseMemory().BuildAsync();
        Task<List<string>> reading = ReadAsync(bus, new(), int.MaxValue);
        await bus.ShutdownAsync();
        Assert.Empty(await reading.WaitAsync(Eventually.Limit));
        Assert.Empty(await ReadAsync(bus, new(), int.MaxValue)); // and so does one that begins afterwards
    }

    [Fact]
    public async Task What_the_bus_stores_wakes_a_subscription_before_its_interval_ends()
    {
        var time = new FakeTimeProvider(); // no interval ever ends
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithTimeProvider(time).UseMemory().BuildAsync();
        Task<List<string>> reading = ReadAsync(bus, new(), 1);
        bus.EmitString("1");
        await bus.FlushAsync();
        Assert.Equal(["1"], await reading.WaitAsync(Eventually.Limit));
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task What_others_write_is_found_by_polling_with_a_growing_interval()
    {
        var time = new FakeTimeProvider();
        var model = new ModelAdapter();
        await using EventBus bus = await TestBus.StartAsync(model, time: time);
        Task<List<string>> reading = ReadAsync(bus, new() { PollInterval = TimeSpan.Zero, MaxPollInterval = TimeSpan.FromMilliseconds(100) }, 1);
        int polls = 0;
        await Eventually.BecomesTrueAsync(time, TimeSpan.FromMilliseconds(10), () => (polls = model.Polls.Count) >= 12, "some polls");
        Assert.True(time.GetUtcNow() - time.Start > TimeSpan.FromMilliseconds(300), "the interval does not grow");
        model.Add(0, ("from elsewhere", 1));
        await Eventually.BecomesTrueAsync(time, TimeSpan.FromMilliseconds(10), () => reading.IsCompleted, "the event");
        Assert.Equal(["from elsewhere"], await reading);
        await bus.ShutdownAsync();
    }

    [Fact]
    [Trait("spec", "05 T23")]
    public async Task Intervals_of_zero_and_of_the_largest_value_neither_spin_nor_overflow()
    {
        var time = new FakeTimeProvider();
        var model = new ModelAdapter();
        await using EventBus bus = await TestBus.StartAsync(model, time: time);
        using var stop = new CancellationTokenSource();
        Task reading = ReadAsync(bus, new() { PollInterval = TimeSpan.Zero, MaxPollInterval = TimeSpan.Zero }, 1, stop.Token);
        await Eventually.BecomesTrueAsync(() => model.Polls.Count >= 1, "the first poll");
        time.Advance(TimeSpan.FromMilliseconds(0.9));
        Assert.Single(model.Polls); // the clock has not moved by the least interval
        await Eventually.BecomesTrueAsync(time, TimeSpan.FromMilliseconds(1), () => model.Polls.Count > 3, "more polls");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(bus, new() { PageSize = 0 }, 1));

        Task<List<string>> patient = ReadAsync(bus, new() { PollInterval = TimeSpan.FromDays(20), MaxPollInterval = TimeSpan.MaxValue }, 1);
        Assert.False(patient.IsFaulted);
        await bus.ShutdownAsync();
        Assert.Empty(await patient.WaitAsync(Eventually.Limit));
    }

    [Fact]
    public async Task Resuming_at_the_last_cursor_loses_and_repeats_nothing()
    {
        await using EventBus bus = await MemoryBusAsync(shards: 3);
        var read = new List<string>();
        string? cursor = null;
        Task producing = Task.Run(async () =>
        {
            for (int i = 0; i < 2_000; i++)
                await bus.EmitRawAsync(TestBus.Bytes(i));
        });
        while (read.Count < 2_000)
        {
            using var stop = new CancellationTokenSource();
            var page = new List<string>();
            int pages = 0;
            try
            {
                var options = new SubscribeOptions
                {
                    Cursor = cursor,
                    PageSize = 64,
                    CursorAdvanced = position =>
                    {
                        cursor = position;
                        read.AddRange(page); // what came since the last call is behind the cursor
                        page.Clear();
                        if (++pages == 3 || read.Count == 2_000)
                            stop.Cancel();
                    },
                };
                await foreach (StoredEvent e in bus.SubscribeAsync(options, stop.Token))
                    page.Add(e.GetString());
            }
            catch (OperationCanceledException)
            {
            }
        }
        await producing;
        Assert.Equal(TestBus.Numbers(0, 2_000).Order(), read.Order());
    }

    private static Task<EventBus> MemoryBusAsync(int shards = 2) => EventBus.CreateBuilder()
        .WithShards(shards).WithBufferCapacity(1 << 14).WithBackpressure(Backpressure.FailProducer).UseLowLatency().UseMemory().BuildAsync();

    private static async Task<List<string>> ReadAsync(EventBus bus, SubscribeOptions options, int count, CancellationToken stop = default)
    {
        var read = new List<string>();
        await foreach (StoredEvent e in bus.SubscribeAsync(options, stop))
        {
            read.Add(e.GetString());
            if (read.Count == count)
                break;
        }
        return read;
    }
}
