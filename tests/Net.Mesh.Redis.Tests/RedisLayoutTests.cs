using System.Text;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisLayoutTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    [Fact]
    public async Task An_entry_holds_the_record_and_the_dedup_id_in_this_order()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        var batch = new EventBatch(7, 1234, Open.Nonce, new BatchEvent[]
        {
            new("""{"token": "hello"}"""u8.ToArray(), 5, 7),
            new("  [1, 2.50 ,\"\\u00e9é\"] "u8.ToArray(), ulong.MaxValue, 7),
        });
        await scope.Adapter.WriteBatchAsync(batch, Open.Stop);

        IDatabase db = await redis.DatabaseAsync();
        StreamEntry[] entries = await db.StreamRangeAsync(prefix + ":shard:7");
        Assert.Equal(2, entries.Length);
        Assert.Equal(
            [("d", """{"r":{"token": "hello"},"t":5,"s":7}"""), ("dedup_id", "deadbeefcafef00d:7:1234:0")],
            entries[0].Values.Select(v => (v.Name.ToString(), v.Value.ToString())));
        Assert.Equal(
            [("d", """{"r":  [1, 2.50 ,"\u00e9é"] ,"t":18446744073709551615,"s":7}"""), ("dedup_id", "deadbeefcafef00d:7:1234:1")],
            entries[1].Values.Select(v => (v.Name.ToString(), v.Value.ToString())));
    }

    [Fact]
    public async Task Key_and_dedup_id_follow_the_batch_and_the_record_follows_the_event()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(new EventBatch(2, 0, 0, new BatchEvent[] { new("{}"u8.ToArray(), 2, 9) }), Open.Stop);

        IDatabase db = await redis.DatabaseAsync();
        StreamEntry entry = Assert.Single(await db.StreamRangeAsync(prefix + ":shard:2"));
        Assert.Equal("""{"r":{},"t":2,"s":9}""", entry["d"].ToString());
        Assert.Equal("1:2:0:0", entry["dedup_id"].ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10_000L)]
    public async Task A_batch_is_one_transaction_on_the_wire(long? maxLength)
    {
        string prefix = redis.NewPrefix();
        await using var relay = new RecordingRelay((await redis.ServerAsync()).Port);
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(relay.Url, prefix, o => o with { MaxStreamLength = maxLength }));
        await scope.Adapter.WriteBatchAsync(Open.Batch(3, 42, 2), Open.Stop);

        var expected = new StringBuilder("*1\r\n$5\r\nMULTI\r\n");
        string trim = maxLength is null ? "" : "$6\r\nMAXLEN\r\n$1\r\n~\r\n$5\r\n10000\r\n";
        for (int i = 0; i < 2; i++)
        {
            string key = prefix + ":shard:3", record = $$"""{"r":{"n":{{42 + i}}},"t":{{43 + i}},"s":3}""", id = $"deadbeefcafef00d:3:42:{i}";
            expected.Append(Open.Culture, $"*{(maxLength is null ? 7 : 10)}\r\n$4\r\nXADD\r\n${key.Length}\r\n{key}\r\n{trim}$1\r\n*\r\n");
            expected.Append(Open.Culture, $"$1\r\nd\r\n${record.Length}\r\n{record}\r\n$8\r\ndedup_id\r\n${id.Length}\r\n{id}\r\n");
        }
        expected.Append("*1\r\n$4\r\nEXEC\r\n");
        Assert.True(relay.Carried(Encoding.UTF8.GetBytes(expected.ToString())));
    }

    [Fact]
    public async Task A_batch_of_12000_events_is_still_one_transaction()
    {
        string prefix = redis.NewPrefix();
        await using var relay = new RecordingRelay((await redis.ServerAsync()).Port);
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(relay.Url, prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 12_000), Open.Stop);
        Assert.Equal(1, relay.Count("$5\r\nMULTI\r\n"u8));
        Assert.Equal(1, relay.Count("$4\r\nEXEC\r\n"u8));
        Assert.Equal(12_000, relay.Count("$4\r\nXADD\r\n"u8));
        Assert.Equal(Open.Payloads(12_000), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_page_is_asked_for_with_one_entry_to_look_ahead()
    {
        string prefix = redis.NewPrefix();
        await using var relay = new RecordingRelay((await redis.ServerAsync()).Port);
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(relay.Url, prefix));
        await Open.ReadAsync(scope.Adapter, 0, limit: 100);
        await Open.ReadAsync(scope.Adapter, 0, EventPosition.Parse("1702123456789-0"), limit: 100);

        string key = prefix + ":shard:0", head = string.Create(Open.Culture, $"*6\r\n$6\r\nXRANGE\r\n${key.Length}\r\n{key}\r\n");
        Assert.True(relay.Carried(Encoding.UTF8.GetBytes(head + "$1\r\n-\r\n$1\r\n+\r\n$5\r\nCOUNT\r\n$3\r\n101\r\n")));
        Assert.True(relay.Carried(Encoding.UTF8.GetBytes(head + "$16\r\n(1702123456789-0\r\n$1\r\n+\r\n$5\r\nCOUNT\r\n$3\r\n101\r\n")));
    }

    [Fact]
    public async Task A_stream_limit_trims_the_oldest_entries()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix, o => o with { MaxStreamLength = 50 }));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 400), Open.Stop);
        (string[] payloads, _) = await Open.ReadAsync(scope.Adapter, 0);
        Assert.InRange(payloads.Length, 50, 200); // whole nodes of 100 entries are trimmed
        Assert.Equal(Open.Payloads(400)[^payloads.Length..], payloads);
    }

    [Fact]
    public async Task No_other_keys_are_written()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 3), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 3, attempt: 1), Open.Stop);
        await Open.ReadAsync(scope.Adapter, 1);
        await scope.Adapter.GetTailAsync(2, Open.Stop);
        await scope.Adapter.DiscoverShardsAsync(Open.Stop);

        IDatabase db = await redis.DatabaseAsync();
        Assert.Equal([prefix + ":shard:0"], db.Multiplexer.GetServers()[0].Keys(pattern: "*" + prefix + "*").Select(k => k.ToString()));
    }
}
