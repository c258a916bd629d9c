namespace Net.Mesh.Core.Tests.Polling;

public sealed class PollTests
{
    [Fact]
    [Trait("spec", "05 T11")]
    public async Task The_memory_bus_gives_back_what_was_emitted_as_often_as_it_is_asked()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(4).UseMemory().BuildAsync();
        bus.EmitBatch(Enumerable.Range(0, 100).ToArray());
        await bus.FlushAsync();
        for (int i = 0; i < 2; i++)
        {
            using PollResponse page = await bus.PollAsync(new() { Limit = 100 });
            Assert.Equal(TestBus.Numbers(0, 100).Order(), page.Events.Select(e => e.GetString()).Order());
            Assert.False(page.HasMore);
            Assert.NotNull(page.Cursor);
        }
    }

    [Fact]
    public async Task A_limit_of_zero_an_empty_shard_list_and_an_empty_backend_give_empty_pages_with_the_cursor_echoed()
    {
        var model = new ModelAdapter();
        model.Add(0, ("1", 1));
        await using EventBus bus = await TestBus.StartAsync(model);
        string cursor = CompositeCursor.From([new(0, EventPosition.FromNumber(1))]).Encode();
        foreach (PollRequest request in new PollRequest[] { new() { Limit = 0 }, new() { Shards = [] }, new() { Shards = [7] }, new() { Cursor = cursor } })
        {
            using PollResponse page = await bus.PollAsync(request with { Cursor = cursor });
            Assert.Empty(page.Events);
            Assert.Equal(cursor, page.Cursor);
            Assert.False(page.HasMore);
        }
        using PollResponse none = await bus.PollAsync(new() { Limit = 0 });
        Assert.Null(none.Cursor);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => bus.PollAsync(new() { Limit = -1 }));
    }

    [Fact]
    [Trait("spec", "05 T9")]
    public async Task Shards_take_turns_so_that_a_long_one_starves_nobody()
    {
        var model = new ModelAdapter();
        for (ushort shard = 0; shard < 4; shard++)
            model.Add(shard, Enumerable.Range(0, 1_000).Select(i => ($"{i}", (ulong)i)));
        await using EventBus bus = await TestBus.StartAsync(model, o => o.Shards = 4);
        string? cursor = null;
        for (int page = 0; page < 10; page++)
        {
            using PollResponse response = await bus.PollAsync(new() { Limit = 40, Cursor = cursor });
            Assert.All(response.Events.GroupBy(e => e.ShardId), shard => Assert.Equal(10, shard.Count()));
            Assert.Equal(4, response.Events.Select(e => e.ShardId).Distinct().Count());
            cursor = response.Cursor;
        }
        var firsts = new HashSet<ushort>();
        for (int page = 0; page < 8; page++) // pages of one event: every shard gets its turn
        {
            using PollResponse response = await bus.PollAsync(new() { Limit = 1, Cursor = cursor });
            firsts.Add(response.Events[0].ShardId);
            cursor = response.Cursor;
        }
        Assert.Equal(4, firsts.Count);
    }

    [Fact]
    [Trait("spec", "05 T7")]
    public async Task A_page_that_nobody_can_decode_moves_the_cursor_and_nothing_stalls()
    {
        var model = new ModelAdapter();
        model.AddUnreadable(0, 500);
        model.Add(0, ("1", 1));
        await using EventBus bus = await TestBus.StartAsync(model);
        int pages = 0;
        var seen = new List<StoredEvent>();
        string? cursor = null;
        bool hasMore = true;
        while (hasMore)
        {
            using PollResponse page = await bus.PollAsync(new() { Limit = 10, Cursor = cursor });
            Assert.NotEqual(cursor, page.Cursor);
            Assert.Empty(page.StalledShards);
            seen.AddRange(page.Events);
            (cursor, hasMore) = (page.Cursor, page.HasMore);
            Assert.True(++pages < 100, "the poll does not get past the undecodable entries");
        }
        Assert.Equal("1", Assert.Single(seen).GetString());
    }

    [Fact]
    [Trait("spec", "05 T10")]
    public async Task Shards_that_are_gone_are_still_read_by_discovery_and_by_the_cursor()
    {
        var model = new ModelAdapter();
        model.Add(0, ("live", 1));
        model.Add(9, ("left behind", 2), ("too", 3));
        await using EventBus bus = await TestBus.StartAsync(model);
        Assert.Equal(["left behind", "live", "too"], (await bus.PollAllAsync()).Select(e => e.GetString()).Order());

        model.Discovers = false;
        await using EventBus blind = await TestBus.StartAsync(model);
        Assert.Equal(["live"], (await blind.PollAllAsync()).Select(e => e.GetString()));
        string cursor = CompositeCursor.From([new(9, EventPosition.FromNumber(1))]).Encode();
        Assert.Equal(["live", "too"], (await blind.PollAllAsync(new() { Cursor = cursor })).Select(e => e.GetString()).Order());
    }

    [Fact]
    public async Task A_failing_shard_is_listed_while_the_others_deliver_and_keeps_its_position()
    {
        var model = new ModelAdapter();
        model.Add(0, ("a", 1));
        model.Add(1, ("b", 1), ("c", 2));
        await using EventBus bus = await TestBus.StartAsync(model, o => o.Shards = 2);
        string cursor = CompositeCursor.From([new(1, EventPosition.FromNumber(1))]).Encode();
        model.Failing[1] = new AdapterException(AdapterErrorKind.Transient, "shard 1 is away");
        using PollResponse page = await bus.PollAsync(new() { Cursor = cursor });
        Assert.Equal("a", Assert.Single(page.Events).GetString());
        FailedShard failed = Assert.Single(page.FailedShards);
        Assert.Equal((ushort)1, failed.ShardId);
        Assert.Contains("shard 1 is away", failed.Reason);
        Assert.Equal(EventPosition.FromNumber(1), CompositeCursor.Decode(page.Cursor!)[1]);

        model.Failing[0] = new InvalidOperationException("so is 0");
        using PollResponse nothing = await bus.PollAsync(new() { Cursor = page.Cursor });
        Assert.Empty(nothing.Events);
        Assert.Equal([0, 1], nothing.FailedShards.Select(f => (int)f.ShardId));
        Assert.Equal(page.Cursor, nothing.Cursor);

        model.Failing.Clear();
        Assert.Equal(["c"], (await bus.PollAllAsync(new() { Cursor = page.Cursor })).Select(e => e.GetString()));
    }

    [Fact]
    [Trait("spec", "05 I5")]
    public async Task A_malformed_cursor_is_refused_by_poll_and_by_subscribe()
    {
        await using EventBus bus = await TestBus.StartAsync(new ModelAdapter());
        foreach (string cursor in new[] { "", "%%%", "e30", "bm9wZQ==", "W10=" })
        {
            Assert.Equal(EventBusException.InvalidCursor, (await Assert.ThrowsAsync<EventBusException>(() => bus.PollAsync(new() { Cursor = cursor }))).Kind);
            await Assert.ThrowsAsync<EventBusException>(async () =>
            {
                await foreach (StoredEvent _ in bus.SubscribeAsync(new() { Cursor = cursor }))
                {
                }
            });
        }
    }

    [Fact]
    [Trait("spec", "05 I6")]
    public async Task A_position_of_another_backend_is_refused_for_its_shard_only()
    {
        var model = new ModelAdapter();
        model.Add(0, ("a", 1));
        model.Add(1, ("b", 1));
        await using EventBus bus = await TestBus.StartAsync(model, o => o.Shards = 2);
        string cursor = CompositeCursor.From([new(0, EventPosition.Parse("1-0"))]).Encode();
        model.Shards[0][0] = new(EventPosition.FromNumber(5), "a", 1); // the model takes any position, as a careless backend would
        using PollResponse page = await bus.PollAsync(new() { Cursor = cursor });
        Assert.Equal("b", Assert.Single(page.Events).GetString());
        Assert.Equal(0, Assert.Single(page.FailedShards).ShardId);
        Assert.Contains("reset the cursor", page.FailedShards[0].Reason);
        Assert.Equal(EventPosition.Parse("1-0"), CompositeCursor.Decode(page.Cursor!)[0]);

        await using EventBus memory = await EventBus.CreateBuilder().WithShards(2).UseMemory().BuildAsync();
        memory.EmitBatch(Enumerable.Range(0, 50).ToArray());
        await memory.FlushAsync();
        using PollResponse fromMemory = await memory.PollAsync(new() { Cursor = cursor });
        Assert.Equal(0, Assert.Single(fromMemory.FailedShards).ShardId);
        Assert.NotEmpty(fromMemory.Events);
        Assert.All(fromMemory.Events, e => Assert.Equal(1, e.ShardId));
    }

    [Fact]
    [Trait("spec", "05 I8")]
    [Trait("spec", "05 T30")]
    public async Task A_huge_limit_is_capped_per_shard_and_says_so()
    {
        var model = new ModelAdapter();
        model.Add(0, Enumerable.Range(0, 25_000).Select(i => ($"{i}", (ulong)i)));
        await using EventBus bus = await TestBus.StartAsync(model);
        using PollResponse page = await bus.PollAsync(new() { Limit = int.MaxValue });
        Assert.Equal(10_000, page.Events.Count);
        Assert.True(page.TruncatedAtShardCap);
        Assert.True(page.HasMore);
        Assert.All(model.Polls, poll => Assert.Equal(10_000, poll.Limit));
        Assert.Equal(TestBus.Numbers(0, 25_000), (await bus.PollAllAsync(new() { Limit = int.MaxValue })).Select(e => e.GetString()));
        using PollResponse small = await bus.PollAsync(new() { Limit = 3 });
        Assert.False(small.TruncatedAtShardCap);
    }

    [Fact]
    public async Task Shards_asked_for_twice_are_read_once_and_others_keep_their_position()
    {
        var model = new ModelAdapter();
        model.Add(0, ("a", 1));
        model.Add(1, ("b", 1));
        await using EventBus bus = await TestBus.StartAsync(model, o => o.Shards = 2);
        string cursor = CompositeCursor.From([new(0, EventPosition.FromNumber(1)), new(44, EventPosition.Parse("other"))]).Encode();
        using PollResponse page = await bus.PollAsync(new() { Shards = [1, 1, 1], Cursor = cursor });
        Assert.Equal("b", Assert.Single(page.Events).GetString());
        Assert.Single(model.Polls);
        CompositeCursor after = CompositeCursor.Decode(page.Cursor!);
        Assert.Equal(("1", "1", "other"), (after[0].ToString(), after[1].ToString(), after[44].ToString()));
    }

    [Fact]
    public async Task A_backend_that_promises_more_but_does_not_move_is_reported_as_stalled()
    {
        await using EventBus bus = await TestBus.StartAsync(new StallingAdapter());
        using PollResponse page = await bus.PollAsync(new());
        Assert.Equal([0], page.StalledShards.Select(s => (int)s));
        Assert.False(page.HasMore);
        Assert.Null(page.Cursor);
    }

    private sealed class StallingAdapter : IEventAdapter
    {
        public string Name => "stalling";

        public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new ShardPage(null, true));

        public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => ValueTask.FromResult<EventPosition?>(null);

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
