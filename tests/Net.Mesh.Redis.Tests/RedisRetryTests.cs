using Net.Mesh.Bus;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

/// <summary>Redis recognises no duplicates; the adapter looks before it writes a batch again.</summary>
public sealed class RedisRetryTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_retry_writes_what_is_missing_of_a_partly_stored_batch(int stored)
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 10), Open.Stop);
        await PlantAsync(prefix, Open.Batch(0, 10, 5), stored);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 10, 5, attempt: 1), Open.Stop);

        var events = new List<StoredEvent>();
        await scope.Adapter.PollShardAsync(0, null, 100, events, Open.Stop);
        Assert.Equal(Open.Payloads(15), events.Select(e => e.GetString()));
        Assert.Equal("deadbeefcafef00d:0:10:4", events[^1].DedupId);
    }

    [Fact]
    public async Task A_transaction_that_was_applied_in_part_is_not_doubled_by_its_retries()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        RedisKey key = prefix + ":shard:0";
        // Two ids are left in this stream: EXEC stores two events and fails for the rest, and does not roll back.
        await db.StreamAddAsync(key, "x", "y", (RedisValue)"18446744073709551615-18446744073709551613");
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));

        AdapterException e = await Open.FailsAsync(() => scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Equal(Open.Payloads(2), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);

        await Open.FailsAsync(() => scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5, attempt: 1), Open.Stop));
        Assert.Equal(Open.Payloads(2), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task Other_producers_may_have_written_any_number_of_entries_since()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 50), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 5_000, nonce: 77), Open.Stop);
        IDatabase db = await redis.DatabaseAsync();
        await db.StreamAddAsync(prefix + ":shard:0", "dedup_id", "not an id");
        await db.StreamAddAsync(prefix + ":shard:0", "x", "y");

        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 50, isReplay: true), Open.Stop);
        Assert.Equal(5_052, await db.StreamLengthAsync(prefix + ":shard:0"));
    }

    [Theory]
    [InlineData(100, 200)] // 100 entries of another producer hide ours from a look-back of 100
    [InlineData(101, 150)]
    [InlineData(0, 200)]
    public async Task The_search_is_bounded_by_the_look_back(int lookBack, long expected)
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix, o => o with { RetryLookBack = lookBack }));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 50), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 100, nonce: 77), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 50, attempt: 1), Open.Stop);
        Assert.Equal(expected, await (await redis.DatabaseAsync()).StreamLengthAsync(prefix + ":shard:0"));
    }

    [Fact]
    public async Task An_earlier_batch_of_the_producer_does_not_pass_for_the_retried_one()
    {
        string prefix = redis.NewPrefix();
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(prefix));
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 50), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 50, 50, attempt: 1), Open.Stop);
        Assert.Equal(Open.Payloads(100), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_is_stored_once()
    {
        string prefix = redis.NewPrefix();
        IDatabase db = await redis.DatabaseAsync();
        await using var relay = new RecordingRelay((await redis.ServerAsync()).Port);
        await using RedisEventAdapterScope scope = new(await Open.AdapterAsync(relay.Url, prefix));
        relay.LosesAnswers = true;
        Task<AdapterException> writing = Open.FailsAsync(() => scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 500), Open.Stop));
        await ServerProcess.WaitUntilAsync(async () => await db.StreamLengthAsync(prefix + ":shard:0") == 500, "the batch did not arrive");
        relay.Cut();
        Assert.Equal(AdapterErrorKind.Transient, (await writing).ErrorKind);

        relay.LosesAnswers = false;
        await ServerProcess.WaitUntilAsync(async () => await scope.Adapter.IsHealthyAsync(Open.Stop), "the adapter did not reconnect");
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 0, 500, attempt: 1), Open.Stop);
        await scope.Adapter.WriteBatchAsync(Open.Batch(0, 500, 100), Open.Stop);
        Assert.Equal(Open.Payloads(600), (await Open.ReadAsync(scope.Adapter, 0)).Payloads);
    }

    private async Task PlantAsync(string prefix, EventBatch batch, int count)
    {
        IDatabase db = await redis.DatabaseAsync();
        byte[] record = new byte[1024];
        for (int i = 0; i < count; i++)
        {
            int length = StoredRecord.Write(batch.Events.Span[i], record);
            await db.StreamAddAsync(
                $"{prefix}:shard:{batch.ShardId}", [new("d", record.AsMemory(0, length)), new("dedup_id", batch.GetDedupId(i).ToString())]);
        }
    }
}
