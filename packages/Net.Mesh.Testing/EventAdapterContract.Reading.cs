using Net.Mesh.Bus;
using Xunit;

namespace Net.Mesh.Testing;

public abstract partial class EventAdapterContract
{
    /// <summary>Pages follow each other without a gap or a repeat, and the cursor is exclusive.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(24)]
    public async Task Pages_follow_each_other_without_gap_or_repeat(int limit)
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 25), Stop);

        var all = new List<StoredEvent>();
        EventPosition? after = null;
        for (int start = 0; start < 25; start += limit)
        {
            (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 0, after, limit);
            Assert.Equal(Math.Min(limit, 25 - start), events.Count);
            Assert.Equal(events[^1].Id, page.Next);
            Assert.Equal(start + limit < 25, page.HasMore);
            all.AddRange(events);
            after = page.Next;
        }
        AssertNumbered(0, 25, all);

        (List<StoredEvent> rest, ShardPage last) = await PollAsync(adapter, 0, after, limit);
        Assert.Empty(rest);
        Assert.False(last.HasMore);
    }

    /// <summary>HasMore is exact where the page ends with the shard.</summary>
    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    [InlineData(11, false)]
    public async Task HasMore_is_exact_at_the_end_of_a_shard(int limit, bool expected)
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 10), Stop);
        (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 0, limit: limit);
        Assert.Equal(Math.Min(limit, 10), events.Count);
        Assert.Equal(expected, page.HasMore);
    }

    /// <summary>A limit of zero asks for nothing and moves nothing.</summary>
    [Fact]
    public async Task A_limit_of_zero_returns_nothing_and_moves_nothing()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 5), Stop);
        (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 0, limit: 0);
        Assert.Empty(events);
        Assert.Null(page.Next);
    }

    /// <summary>No limit is too large: it must not overflow into an empty page or a restart (T30).</summary>
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue - 1)]
    public async Task The_largest_limit_returns_everything(int limit)
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 50), Stop);
        (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 0, limit: limit);
        AssertNumbered(0, 50, events);
        Assert.False(page.HasMore);
        AssertNumbered(20, 30, (await PollAsync(adapter, 0, events[19].Id, limit)).Events);
    }

    /// <summary>The highest position there is has nothing after it: it must not overflow into a restart (T30).</summary>
    [Fact]
    public async Task The_highest_cursor_never_restarts_the_shard()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 5), Stop);
        EventPositionFormat format = (await PollAsync(adapter, 0)).Events[0].Id.Format;
        Assert.SkipWhen(format == EventPositionFormat.Opaque, "opaque ids have no highest value");

        EventPosition highest = format == EventPositionFormat.Numeric ? EventPosition.FromNumber(ulong.MaxValue) : EventPosition.FromRedis(ulong.MaxValue, ulong.MaxValue);
        var events = new List<StoredEvent>();
        // Refusing the cursor is as good as finding nothing after it.
        Exception? refusal = await Record.ExceptionAsync(async () => await adapter.PollShardAsync(0, highest, 10, events, Stop));
        Assert.Empty(events);
        if (refusal is not null)
            Assert.IsType<AdapterException>(refusal);
    }

    /// <summary>A shard that nobody wrote to is empty, and looking does not create it.</summary>
    [Fact]
    public async Task An_unknown_shard_is_empty_and_stays_unknown()
    {
        IEventAdapter adapter = await OpenAsync();
        (List<StoredEvent> events, ShardPage page) = await PollAsync(adapter, 4_321);
        Assert.Empty(events);
        Assert.Equal(ShardPage.Empty, page);
        Assert.Null(await adapter.GetTailAsync(4_321, Stop));
        Assert.Empty(await adapter.DiscoverShardsAsync(Stop));
    }

    /// <summary>Reading the same page again gives the same events.</summary>
    [Fact]
    public async Task Reading_does_not_remove()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 10), Stop);
        (List<StoredEvent> first, _) = await PollAsync(adapter, 0);
        (List<StoredEvent> second, _) = await PollAsync(adapter, 0);
        AssertNumbered(0, 10, second);
        Assert.Equal(first.Select(e => e.Id), second.Select(e => e.Id));
    }

    /// <summary>The caller's list is appended to, never cleared.</summary>
    [Fact]
    public async Task Events_are_appended_to_the_list()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 4), Stop);
        var events = new List<StoredEvent>();
        ShardPage page = await adapter.PollShardAsync(0, null, 2, events, Stop);
        await adapter.PollShardAsync(0, page.Next, 2, events, Stop);
        AssertNumbered(0, 4, events);
    }

    /// <summary>Ids grow by the order of <see cref="EventPosition"/>, also where a string comparison would freeze (T28).</summary>
    [Fact]
    public async Task Ids_strictly_increase_past_nine()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 120), Stop);
        await adapter.WriteBatchAsync(Batch(0, 120, 1), Stop);
        List<StoredEvent> events = await ReadAllAsync(adapter, 0, limit: 1);
        AssertNumbered(0, 121, events);
        for (int i = 1; i < events.Count; i++)
            Assert.True(events[i - 1].Id < events[i].Id, $"id {events[i].Id} does not stand after {events[i - 1].Id}");
    }

    /// <summary>An id survives being written into a cursor string and read back.</summary>
    [Fact]
    public async Task An_id_that_went_through_text_is_the_same_position()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 30), Stop);
        (List<StoredEvent> events, _) = await PollAsync(adapter, 0, limit: 12);
        EventPosition reread = EventPosition.Parse(events[^1].Id.ToString());
        Assert.Equal(events[^1].Id, reread);
        AssertNumbered(12, 18, (await PollAsync(adapter, 0, reread)).Events);
    }

    /// <summary>The tail is where a consumer starts that only wants what comes next.</summary>
    [Fact]
    public async Task The_tail_is_the_position_of_the_newest_event()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        Assert.Null(await adapter.GetTailAsync(0, Stop));
        await adapter.WriteBatchAsync(Batch(0, 0, 15), Stop);
        EventPosition? tail = await adapter.GetTailAsync(0, Stop);
        Assert.Equal((await PollAsync(adapter, 0)).Events[^1].Id, tail);
        Assert.Empty((await PollAsync(adapter, 0, tail)).Events);

        await adapter.WriteBatchAsync(Batch(0, 15, 3), Stop);
        AssertNumbered(15, 3, (await PollAsync(adapter, 0, tail)).Events);
        Assert.Null(await adapter.GetTailAsync(1, Stop));
    }

    /// <summary>A cursor of another backend is refused, not read as a position here (spec 05 §19 I6).</summary>
    [Fact]
    public async Task A_cursor_of_another_backend_is_refused()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 5), Stop);
        EventPositionFormat own = (await PollAsync(adapter, 0)).Events[0].Id.Format;
        Assert.SkipWhen(own == EventPositionFormat.Opaque, "any text may be a position where ids are opaque");

        EventPosition[] cursors = [EventPosition.FromNumber(12_345_678), EventPosition.FromRedis(1_702_123_456_789, 0), EventPosition.Parse("not a position"), EventPosition.Parse("")];
        foreach (EventPosition foreign in cursors.Where(c => c.Format != own))
        {
            var events = new List<StoredEvent>();
            await Assert.ThrowsAsync<AdapterException>(async () => await adapter.PollShardAsync(0, foreign, 10, events, Stop));
            Assert.Empty(events);
        }
    }

    /// <summary>A payload belongs to whoever holds the event, whatever the adapter does next.</summary>
    [Fact]
    public async Task Payloads_stay_valid_after_later_writes_and_reads()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 500), Stop);
        List<StoredEvent> held = await ReadAllAsync(adapter, 0);
        for (ulong first = 500; first < 5_000; first += 500)
        {
            await adapter.WriteBatchAsync(Batch(0, first, 500), Stop);
            await PollAsync(adapter, 0, limit: 100);
        }
        AssertNumbered(0, 500, held);
    }

    /// <summary>Shards that hold data are found, whoever wrote them.</summary>
    [Fact]
    public async Task Shards_with_data_are_discovered()
    {
        Assert.SkipUnless(DiscoversShards, "the adapter cannot tell which shards hold data");
        IEventAdapter adapter = await OpenRetainingAsync();
        foreach (ushort shard in new ushort[] { 3, 0, 65_534 })
            await adapter.WriteBatchAsync(Batch(shard, 0, 2), Stop);
        await PollAsync(adapter, 17);
        IReadOnlyList<ushort> found = await adapter.DiscoverShardsAsync(Stop);
        Assert.Equal([0, 3, 65_534], found.Select(shard => (int)shard).Order());
    }
}
