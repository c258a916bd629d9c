using System.IO.Hashing;

namespace Net.Mesh.Core.Tests.Ingest;

public sealed class RoutingTests
{
    [Fact]
    public void Reduction_is_the_high_half_of_the_product()
    {
        Gen.Select(Gen.ULong, Gen.Int[1, 65535]).Sample((hash, n) =>
            RoutingTable.Reduce(hash, n) == (int)(((UInt128)hash * (UInt128)n) >> 64));
        Assert.Equal(0, RoutingTable.Reduce(0, 16));
        Assert.Equal(15, RoutingTable.Reduce(ulong.MaxValue, 16));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(8, 6)]
    [InlineData(16, 13)]
    public async Task The_specified_payload_lands_on_the_specified_shard(int shards, ushort expected)
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter(), o => o.Shards = shards);
        Assert.Equal(expected, bus.EmitString("""{"token": "hello"}""").ShardId);
    }

    [Fact]
    public async Task Equal_bytes_take_the_same_shard_by_every_path()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.Backpressure) = (7, Backpressure.FailProducer));
        for (int i = 0; i < 50; i++)
        {
            string text = $$"""{"n":{{i}}}""";
            byte[] bytes = TestBus.Bytes(text);
            ushort shard = bus.EmitString(text).ShardId;
            Assert.Equal(shard, bus.EmitRaw(bytes.AsSpan()).ShardId);
            Assert.Equal(shard, bus.EmitRaw(bytes.AsMemory()).ShardId);
            Assert.Equal(shard, bus.EmitRaw(RawEvent.FromBytes(bytes)).ShardId);
            Assert.Equal(shard, bus.EmitRaw(RawEvent.FromJson(text)).ShardId);
            Assert.Equal(shard, bus.Emit(new { N = i }).ShardId);
            Assert.Equal(shard, (await bus.EmitRawAsync(bytes)).ShardId);
            Assert.True(bus.TryEmitRaw(bytes.AsSpan(), out Receipt receipt, out _));
            Assert.Equal(shard, receipt.ShardId);
            Assert.Equal(1, bus.EmitRawBatch([bytes]));
            await bus.FlushAsync();
            Assert.Equal(9, adapter.Stored.Where(b => b.ShardId == shard).Sum(b => b.Payloads.Count(p => p == text)));
        }
        Assert.Equal(7, bus.ShardMetrics.Count(m => m.EventsIngested > 0));
    }

    [Fact]
    public async Task Equal_keys_share_a_shard_and_keep_their_order()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Shards = 8);
        for (int i = 0; i < 200; i++)
            bus.EmitRaw(RawEvent.WithKey(TestBus.Bytes(i), "customer-" + i % 5));
        await bus.FlushAsync();

        for (int key = 0; key < 5; key++)
        {
            string[] own = [.. Enumerable.Range(0, 40).Select(i => $"{i * 5 + key}")];
            ushort[] shards = [.. adapter.Stored.Where(b => b.Payloads.Intersect(own).Any()).Select(b => b.ShardId).Distinct()];
            Assert.Single(shards);
            Assert.Equal(own, adapter.Stored.Where(b => b.ShardId == shards[0]).SelectMany(b => b.Payloads).Where(own.Contains));
        }
    }

    [Fact]
    public async Task A_hash_of_the_callers_choice_is_trusted()
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter(), o => o.Shards = 4);
        Assert.Equal(0, bus.EmitRaw(RawEvent.WithHash(TestBus.Bytes("{}"), 0)).ShardId);
        Assert.Equal(3, bus.EmitRaw(RawEvent.WithHash(TestBus.Bytes("{}"), ulong.MaxValue)).ShardId);
        Assert.Equal(XxHash3.HashToUInt64("abc"u8), RawEvent.FromBytes("abc"u8.ToArray()).Hash);
    }

    [Fact]
    public void Only_shards_about_as_light_as_the_lightest_are_candidates()
    {
        Shard[] shards = Shards(4);
        double[] weights = [1.0, 1.05, 1.2, 1.09];
        RoutingTable table = RoutingTable.FromWeights(shards, shard => weights[shard.Id]);
        Assert.Equal([0, 1, 3], table.Candidates.ToArray().Select(s => (int)s.Id));
    }

    [Fact]
    public void Weights_that_are_no_numbers_leave_every_shard_selectable()
    {
        Shard[] shards = Shards(3);
        RoutingTable table = RoutingTable.FromWeights(shards, _ => double.NaN);
        Assert.Equal(3, table.Candidates.Length);
    }

    [Fact]
    public void Without_shards_nothing_is_selected()
    {
        Assert.Null(RoutingTable.Empty.Select(0));
        Assert.Null(RoutingTable.Empty.Select(ulong.MaxValue));
    }

    private static Shard[] Shards(int count)
    {
        var options = new EventBusOptions { BufferCapacity = 1024 };
        return [.. Enumerable.Range(0, count).Select(i => new Shard((ushort)i, options, TimeProvider.System))];
    }
}
