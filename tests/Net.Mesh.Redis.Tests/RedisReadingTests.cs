using Net.Mesh.Bus;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

/// <summary>Streams that others write to: what cannot be read is skipped, and nothing stands still.</summary>
public sealed class RedisReadingTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    [Fact]
    [Trait("spec", "05 T7")]
    public async Task A_page_of_unreadable_entries_moves_the_position()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        for (int i = 0; i < 10; i++)
            await db.StreamAddAsync(prefix + ":shard:0", "d", "not json", (RedisValue)$"{i + 1}-0");
        await db.StreamAddAsync(prefix + ":shard:0", "d", """{"r":"ok"}""", (RedisValue)"11-0");
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));

        (string[] first, ShardPage page) = await Open.ReadAsync(scope.Adapter, 0, limit: 6);
        Assert.Empty(first);
        Assert.Equal(new(EventPosition.FromRedis(6, 0), HasMore: true), page);
        (string[] second, page) = await Open.ReadAsync(scope.Adapter, 0, page.Next, limit: 6);
        Assert.Equal(["\"ok\""], second);
        Assert.Equal(new(EventPosition.FromRedis(11, 0), HasMore: false), page);
    }

    [Fact]
    public async Task Trailing_unreadable_entries_are_passed()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        await db.StreamAddAsync(prefix + ":shard:0", "d", """{"r":1}""", (RedisValue)"1-0");
        await db.StreamAddAsync(prefix + ":shard:0", "x", "y", (RedisValue)"2-0");
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        (string[] payloads, ShardPage page) = await Open.ReadAsync(scope.Adapter, 0);
        Assert.Equal(["1"], payloads);
        Assert.Equal(EventPosition.FromRedis(2, 0), page.Next);
    }

    [Fact]
    public async Task Fields_may_stand_in_any_order_and_of_repeated_ones_the_last_counts()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        RedisKey key = prefix + ":shard:5";
        await db.StreamAddAsync(key, [new("dedup_id", "q"), new("other", "x"), new("d", """{"s":5,"t":1,"r":{"k":1}}""")], (RedisValue)"1-0");
        await db.StreamAddAsync(
            key, [new("d", "A"), new("dedup_id", "first"), new("d", """{"r":"last d","t":2,"s":6}"""), new("dedup_id", "last")], (RedisValue)"2-0");
        await db.StreamAddAsync(key, [new("d", """{"r":null}""")], (RedisValue)"3-7");
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));

        var events = new List<StoredEvent>();
        await scope.Adapter.PollShardAsync(5, null, 10, events, Open.Stop);
        Assert.Equal(
            [("1-0", """{"k":1}""", 1UL, 5, "q"), ("2-0", "\"last d\"", 2UL, 6, "last"), ("3-7", "null", 0UL, 0, null)],
            events.Select(e => (e.Id.ToString(), e.GetString(), e.InsertionTimestamp, (int)e.ShardId, e.DedupId)));
    }

    [Fact]
    [Trait("spec", "05 T31")]
    public async Task A_shard_id_that_does_not_fit_is_skipped_and_not_truncated()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        await db.StreamAddAsync(prefix + ":shard:3", "d", """{"r":"bad","t":1,"s":65539}"""); // 65539 & 0xffff is 3
        await db.StreamAddAsync(prefix + ":shard:3", "d", """{"r":"good","t":1,"s":65535}""");
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        var events = new List<StoredEvent>();
        await scope.Adapter.PollShardAsync(3, null, 10, events, Open.Stop);
        Assert.Equal(("\"good\"", 65535), (Assert.Single(events).GetString(), events[0].ShardId));
    }

    [Fact]
    [Trait("spec", "05 I2")]
    public async Task A_payload_that_is_no_json_is_stored_skipped_on_reading_and_stops_nobody()
    {
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(redis.NewPrefix()));
        Assert.True(scope.Adapter.Traits.RequiresJson); // so the bus refuses it at emit, unless told not to
        BatchEvent[] events = [Open.Event(0, 0), new("not json"u8.ToArray(), 2, 0), new(new byte[] { 0xff }, 3, 0), new(default, 4, 0), Open.Event(4, 0)];
        await scope.Adapter.WriteBatchAsync(new EventBatch(0, 0, 1, events), Open.Stop);
        (string[] payloads, ShardPage page) = await Open.ReadAsync(scope.Adapter, 0, limit: 4);
        Assert.Equal([Open.Payload(0)], payloads);
        Assert.True(page.HasMore);
        Assert.Equal([Open.Payload(4)], (await Open.ReadAsync(scope.Adapter, 0, page.Next)).Payloads);
    }

    [Fact]
    [Trait("spec", "05 T30")]
    public async Task The_largest_limit_does_not_overflow()
    {
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(redis.NewPrefix()));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        (string[] payloads, ShardPage page) = await Open.ReadAsync(scope.Adapter, 0, limit: int.MaxValue);
        Assert.Equal(Open.Payloads(5), payloads);
        Assert.False(page.HasMore);
    }

    [Theory]
    [Trait("spec", "05 I6")]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("340282366920938463463374607431768211455")]
    public async Task A_numeric_cursor_is_refused_and_not_read_as_milliseconds(string cursor) => await AssertRefusedAsync(cursor);

    [Theory]
    [Trait("spec", "05 I7")]
    [InlineData("garbage")]
    [InlineData("5-")]
    [InlineData("1-2-3")]
    [InlineData("")]
    [InlineData("18446744073709551616-0")]
    [InlineData("18446744073709551615-18446744073709551615")]
    public async Task A_garbage_cursor_is_refused(string cursor) => await AssertRefusedAsync(cursor);

    [Fact]
    public async Task Shards_are_discovered_by_their_exact_key_names()
    {
        string prefix = redis.NewPrefix() + "*[a-z]?^\\";
        IDatabase db = await redis.DatabaseAsync();
        foreach (string name in (string[])["3", "65535", "10", "07", "+1", "65536", "x", "", "3:more"])
            await db.StreamAddAsync(prefix + ":shard:" + name, "d", "1");
        await db.StringSetAsync(prefix + ":shard:4", "not a stream");
        await db.StreamAddAsync(prefix.Replace("*[a-z]?^\\", "xxb1^\\", StringComparison.Ordinal) + ":shard:5", "d", "1"); // what the pattern would match unescaped
        await db.StreamAddAsync("more" + prefix + ":shard:6", "d", "1");
        for (int i = 0; i < 3_000; i++) // several pages of SCAN
            await db.StringSetAsync(string.Create(Open.Culture, $"{prefix}:other:{i}"), "", flags: CommandFlags.FireAndForget);

        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        Assert.Equal([3, 10, 65535], (await scope.Adapter.DiscoverShardsAsync(Open.Stop)).Select(s => (int)s));
    }

    [Fact]
    public async Task Deleted_entries_leave_full_pages()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 20), Open.Stop);
        IDatabase db = await redis.DatabaseAsync();
        StreamEntry[] entries = await db.StreamRangeAsync(prefix + ":shard:0");
        await db.StreamDeleteAsync(prefix + ":shard:0", [.. new[] { 1, 2, 3, 9, 19 }.Select(i => entries[i].Id)]);

        (string[] first, ShardPage page) = await Open.ReadAsync(scope.Adapter, 0, limit: 10);
        Assert.Equal(new[] { 0, 4, 5, 6, 7, 8, 10, 11, 12, 13 }.Select(Open.Payload), first);
        Assert.True(page.HasMore);
        (string[] second, page) = await Open.ReadAsync(scope.Adapter, 0, page.Next, limit: 10);
        Assert.Equal(new[] { 14, 15, 16, 17, 18 }.Select(Open.Payload), second);
        Assert.False(page.HasMore);
    }

    [Fact]
    public async Task A_database_number_in_the_url_is_used_for_everything()
    {
        RedisServer server = await redis.ServerAsync();
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(server.Url + "/5", prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(8, 0, 3), Open.Stop);
        Assert.Equal(3, (await Open.ReadAsync(scope.Adapter, 8)).Payloads.Length);
        Assert.Equal([8], (await scope.Adapter.DiscoverShardsAsync(Open.Stop)).Select(s => (int)s));

        IDatabase zero = await redis.DatabaseAsync();
        Assert.False(await zero.KeyExistsAsync(prefix + ":shard:8"));
        Assert.Equal(3, await zero.Multiplexer.GetDatabase(5).StreamLengthAsync(prefix + ":shard:8"));
    }

    private async Task AssertRefusedAsync(string cursor)
    {
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(redis.NewPrefix()));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 3), Open.Stop);
        var events = new List<StoredEvent>();
        AdapterException e = await Open.FailsAsync(async () => await scope.Adapter.PollShardAsync(0, EventPosition.Parse(cursor), 10, events, Open.Stop));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains($"'{cursor}'", e.Message, StringComparison.Ordinal);
        Assert.Empty(events);
    }
}
