using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The Redis layout and the bytes on the wire (spec 05 §9).</summary>
public sealed class RedisVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "redis/keys")]
    public async Task A_shard_has_the_key_of_the_reference()
    {
        JsonElement rows = VectorFile.Load(File, "redis", "keys");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        await VectorFile.CheckRowsAsync(rows, async row =>
        {
            await using AdapterSession session = await AdapterSession.OpenAsync(server, row.Text("prefix"));
            ushort shard = (ushort)row.Int("shard");
            await session.WriteAsync(shard, AdapterSession.Numbered(shard, 1));
            Assert.Contains(row.Text("key"), await probe.KeysAsync());
            Assert.Contains(shard, await session.Adapter.DiscoverShardsAsync(TestContext.Current.CancellationToken));
        });
        Assert.Equal(rows.EnumerateArray().Select(row => row.Text("key")).Order(StringComparer.Ordinal), await probe.KeysAsync());
    }

    [Fact, Covers(File, "redis/pipelines", "redis/xrange")]
    public async Task A_batch_and_a_poll_send_the_bytes_of_the_reference()
    {
        JsonElement vectors = VectorFile.Load(File, "redis");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await VectorFile.CheckRowsAsync(vectors.GetProperty("pipelines"), async row =>
        {
            await using var proxy = new RecordingProxy(server.Port);
            long? maxLength = row.GetProperty("max_stream_len") is { ValueKind: JsonValueKind.Number } max ? max.GetInt64() : null;
            await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, row.Text("prefix"), maxLength);
            ushort shard = (ushort)row.Int("shard");
            await session.WriteAsync(AdapterSession.Batch(shard, row.UInt64("sequence_start"), row.Hex64("nonce"), AdapterSession.Read(row.GetProperty("events"), shard)));
            AssertCarried(proxy, row.Bytes("resp_hex"));
        });
        await VectorFile.CheckRowsAsync(vectors.GetProperty("xrange"), async row =>
        {
            await using var proxy = new RecordingProxy(server.Port);
            await using AdapterSession session = await AdapterSession.OpenRedisAsync(proxy.Port, "net");
            await session.PollAsync(0, row.TextOrNull("cursor"), row.Int("limit"));
            AssertCarried(proxy, row.Bytes("resp_hex"));
        });
    }

    [Fact, Covers(File, "redis/parse")]
    public async Task Entries_are_read_as_the_reference_reads_them()
    {
        JsonElement rows = VectorFile.Load(File, "redis", "parse");
        await using RedisServer server = await RedisServer.StartNewAsync();
        await using RedisProbe probe = await RedisProbe.ConnectAsync(server.Port);
        int number = 0;
        await VectorFile.CheckRowsAsync(rows, async row =>
        {
            string prefix = $"parse{number++}";
            foreach (JsonElement entry in row.GetProperty("entries").EnumerateArray())
                await probe.AddAsync($"{prefix}:shard:0", entry[0].GetString()!, entry[1].EnumerateArray().Select(field => Encoding.UTF8.GetBytes(field.GetString()!)));
            await using AdapterSession session = await AdapterSession.OpenAsync(server, prefix);

            (List<StoredEvent> events, ShardPage page) = await session.PollAsync(0, null, row.Int("limit"));
            Pages.AssertEvents(row.GetProperty("events"), events);
            Assert.Equal(row.TextOrNull("next_id"), page.Next?.ToString());
            Assert.Equal(row.Flag("has_more"), page.HasMore);
        });
    }

    private static void AssertCarried(RecordingProxy proxy, byte[] bytes) =>
        Assert.True(proxy.Carried(bytes), $"expected\n{Encoding.Latin1.GetString(bytes)}\nwas sent\n{string.Join("\n---\n", proxy.Sent)}");
}
