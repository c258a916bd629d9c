namespace Net.Mesh.Core.Tests.Polling;

/// <summary>Paging over any shards loses and repeats nothing, whatever the order, the filter and the page size.</summary>
public sealed class PollPagingProperties
{
    private static readonly Filter Even = Filter.Eq("even", true);

    // A shard as several producers leave it: timestamps start again and run against each other; some entries are unreadable.
    private static readonly Gen<(ulong Timestamp, int Kind)[][]> Layouts =
        Gen.Select(Gen.ULong[0, 40], Gen.Int[0, 5]).Array[0, 60].Array[1, 5];

    [Theory]
    [InlineData(EventOrdering.None, false)]
    [InlineData(EventOrdering.None, true)]
    [InlineData(EventOrdering.InsertionTimestamp, false)]
    [InlineData(EventOrdering.InsertionTimestamp, true)]
    [Trait("spec", "05 T8")]
    [Trait("spec", "05 T29")]
    public async Task Paging_reads_every_event_once_and_in_its_shards_order(EventOrdering ordering, bool isFiltered)
    {
        var model = new ModelAdapter();
        await using EventBus bus = await TestBus.StartAsync(model);
        await Gen.Select(Layouts, Gen.Int[1, 25]).SampleAsync(async (layout, limit) =>
        {
            string[] expected = LayOut(model, layout, isFiltered);
            var request = new PollRequest
            {
                Limit = limit,
                Ordering = ordering,
                Filter = isFiltered ? Even : null,
                Shards = [.. Enumerable.Range(0, layout.Length).Select(i => (ushort)i)],
            };
            var read = new List<StoredEvent>();
            for (int pages = 0; ; pages++)
            {
                using PollResponse page = await bus.PollAsync(request);
                Assert.InRange(page.Events.Count, 0, limit);
                Assert.Empty(page.StalledShards);
                if (ordering == EventOrdering.InsertionTimestamp)
                    AssertOrdered(page.Events);
                read.AddRange(page.Events);
                Assert.False(page.HasMore && page.Cursor == request.Cursor, "more is promised but the cursor stands still");
                request = request with { Cursor = page.Cursor };
                if (!page.HasMore)
                    break;
                Assert.True(pages < 1_000, "paging does not end");
            }
            Assert.Equal(expected.Order(StringComparer.Ordinal), read.Select(e => e.GetString()).Order(StringComparer.Ordinal));
            if (ordering == EventOrdering.None)
            {
                foreach (IGrouping<ushort, StoredEvent> shard in read.GroupBy(e => e.ShardId))
                    Assert.Equal(shard.OrderBy(e => e.Id).Select(e => e.Id), shard.Select(e => e.Id));
            }
        }, iter: 300, threads: 1);
    }

    [Fact]
    [Trait("spec", "05 T29")]
    public async Task Events_that_arrive_between_pages_are_read_too()
    {
        var model = new ModelAdapter();
        await using EventBus bus = await TestBus.StartAsync(model);
        await Gen.Select(Layouts, Layouts, Gen.Int[1, 25], Gen.Bool).SampleAsync(async (first, second, limit, isFiltered) =>
        {
            List<string> expected = [.. LayOut(model, first, isFiltered)];
            var request = new PollRequest { Limit = limit, Filter = isFiltered ? Even : null, Shards = [0, 1, 2, 3, 4] };
            var read = new List<string>();
            int next = 0;
            bool hasMore = true;
            while (hasMore || next < second.Length)
            {
                using PollResponse page = await bus.PollAsync(request);
                read.AddRange(page.Events.Select(e => e.GetString()));
                request = request with { Cursor = page.Cursor };
                hasMore = page.HasMore;
                if (next < second.Length)
                    expected.AddRange(Append(model, (ushort)next, second[next++], isFiltered));
            }
            read.AddRange((await bus.PollAllAsync(request)).Select(e => e.GetString()));
            Assert.Equal(expected.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        }, iter: 200, threads: 1);
    }

    [Fact]
    [Trait("spec", "05 T8")]
    public async Task Ordered_pages_of_a_shard_with_two_producers_skip_and_repeat_nothing()
    {
        var model = new ModelAdapter();
        model.Add(0, ("a", 100), ("b", 1), ("c", 101), ("d", 2), ("e", 102), ("f", 3));
        await using EventBus bus = await TestBus.StartAsync(model);
        List<StoredEvent> read = await bus.PollAllAsync(new() { Limit = 2, Ordering = EventOrdering.InsertionTimestamp });
        Assert.Equal(["a", "b", "c", "d", "e", "f"], read.Select(e => e.GetString()).Order());
    }

    [Fact]
    [Trait("spec", "05 T29")]
    public async Task A_filter_that_rejects_whole_shards_terminates_and_finds_what_comes_later()
    {
        var model = new ModelAdapter();
        for (ushort shard = 0; shard < 3; shard++)
            model.Add(shard, Enumerable.Range(0, 200).Select(i => ("""{"even":false}""", (ulong)i)));
        model.Add(2, ("""{"even":true}""", 1000));
        await using EventBus bus = await TestBus.StartAsync(model, o => o.Shards = 3);
        Assert.Single(await bus.PollAllAsync(new() { Limit = 5, Filter = Even }));
        using PollResponse page = await bus.PollAsync(new() { Limit = 5, Filter = Even });
        Assert.Empty(page.Events);
        Assert.True(page.HasMore);
        Assert.NotNull(page.Cursor);
    }

    private static string[] LayOut(ModelAdapter model, (ulong, int)[][] layout, bool isFiltered)
    {
        model.Shards.Clear();
        model.Polls.Clear();
        return [.. layout.SelectMany((entries, shard) => Append(model, (ushort)shard, entries, isFiltered))];
    }

    private static List<string> Append(ModelAdapter model, ushort shard, (ulong Timestamp, int Kind)[] entries, bool isFiltered)
    {
        var expected = new List<string>();
        foreach ((ulong timestamp, int kind) in entries)
        {
            int number = model.Shards.TryGetValue(shard, out List<ModelAdapter.Entry>? all) ? all.Count : 0;
            string text = kind switch
            {
                0 => $"not json {shard}/{number}",
                1 or 2 => $$"""{"even":true,"at":"{{shard}}/{{number}}"}""",
                _ => $$"""{"even":false,"at":"{{shard}}/{{number}}"}""",
            };
            if (kind == 5)
                model.AddUnreadable(shard, 1);
            else
                model.Add(shard, (text, timestamp));
            if (kind is 1 or 2 || (!isFiltered && kind != 5))
                expected.Add(text);
        }
        return expected;
    }

    private static void AssertOrdered(IReadOnlyList<StoredEvent> page)
    {
        for (int i = 1; i < page.Count; i++)
            Assert.True(page[i - 1].InsertionTimestamp <= page[i].InsertionTimestamp, "the page is not ordered by timestamp");
    }
}
