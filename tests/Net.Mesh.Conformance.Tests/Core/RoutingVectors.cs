using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Which shard takes which event (spec 05 §1.2, §3.1).</summary>
public sealed class RoutingVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "xxh3_64_seed0")]
    public void The_hash_of_an_event_is_xxh3_of_its_bytes() => VectorFile.CheckRows(VectorFile.Load(File, "xxh3_64_seed0"), row =>
    {
        byte[] bytes = row.Has("ascii") ? row.Utf8("ascii") : Pattern(row.Int("len"));
        Assert.Equal(row.Int("len"), bytes.Length);
        Assert.Equal(row.Hex64("xxh3_64"), RawEvent.FromBytes(bytes).Hash);
    });

    [Fact, Covers(File, "shard_static")]
    public void A_hash_takes_the_same_shard_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "shard_static"), row =>
    {
        ulong hash = RawEvent.FromBytes(row.Utf8("event_ascii")).Hash;
        Assert.Equal(row.Hex64("hash"), hash);
        foreach (JsonProperty shard in row.GetProperty("shard_for_n").EnumerateObject())
            Assert.Equal(shard.Value.GetInt32(), RoutingTable.Reduce(hash, int.Parse(shard.Name, CultureInfo.InvariantCulture)));
    });

    [Theory, Covers(File, "shard_static")]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(64)]
    public async Task A_running_bus_puts_the_event_on_that_shard_by_every_way_of_emitting(int shards)
    {
        JsonElement rows = VectorFile.Load(File, "shard_static");
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(shards).WithBufferCapacity(1024).UseNoop().BuildAsync(TestContext.Current.CancellationToken);
        VectorFile.CheckRows(rows, row =>
        {
            byte[] bytes = row.Utf8("event_ascii");
            int expected = row.GetProperty("shard_for_n").Int(shards.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(expected, bus.EmitRaw(bytes.AsSpan()).ShardId);
            Assert.Equal(expected, bus.EmitRaw(bytes.AsMemory()).ShardId);
            Assert.Equal(expected, bus.EmitRaw(RawEvent.FromBytes(bytes)).ShardId);
            Assert.Equal(expected, bus.EmitString(Encoding.UTF8.GetString(bytes)).ShardId);
        });
    }

    [Fact, Covers(File, "shard_reduction_edges")]
    public void The_reduction_holds_at_its_edges() => VectorFile.CheckRows(VectorFile.Load(File, "shard_reduction_edges"), row =>
        Assert.Equal(row.Int("shard"), RoutingTable.Reduce(row.Hex64("hash"), row.Int("n"))));

    [Fact, Covers(File, "shard_dynamic_candidates")]
    public void A_hash_chooses_among_the_candidates_in_their_order()
    {
        JsonElement vectors = VectorFile.Load(File, "shard_dynamic_candidates");
        Shard[] shards = [.. vectors.GetProperty("candidates").EnumerateArray().Select(id => new Shard(id.GetUInt16(), new(), TimeProvider.System))];
        var table = new RoutingTable(shards);
        VectorFile.CheckRows(vectors.GetProperty("rows"), row =>
        {
            ulong hash = RawEvent.FromBytes(row.Utf8("event_ascii")).Hash;
            Assert.Equal(row.Hex64("hash"), hash);
            Assert.Equal((ushort)row.Int("shard"), table.Select(hash)!.Id);
        });

        Assert.Null(RoutingTable.Empty.Select(0));
        Assert.Equal(RoutingTable.NoShard, vectors.Int("empty_candidates_selects"));
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 + 3))];
}
