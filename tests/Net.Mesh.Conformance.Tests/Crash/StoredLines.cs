using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>What a server really holds, read without any of our adapters: the payloads of each shard, in order.</summary>
internal static class StoredLines
{
    private const int Shards = 4;

    public static async Task<List<string>[]> ReadRedisAsync(int port, string prefix)
    {
        await using RedisProbe probe = await RedisProbe.ConnectAsync(port);
        var lines = new List<string>[Shards];
        for (int shard = 0; shard < Shards; shard++)
            lines[shard] = [.. (await probe.ReadAsync($"{prefix}:shard:{shard}")).Select(entry => Payload(entry.Fields[1]))];
        return lines;
    }

    public static async Task<List<string>[]> ReadJetStreamAsync(int port, string prefix)
    {
        await using NatsProbe probe = await NatsProbe.ConnectAsync(string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{port}"));
        var lines = new List<string>[Shards];
        for (int shard = 0; shard < Shards; shard++)
        {
            lines[shard] = [];
            JsonElement info = await probe.StreamAsync($"{prefix}_shard_{shard}");
            int last = info.Has("error") ? 0 : info.GetProperty("state").Int("last_seq");
            foreach (int[] sequences in Enumerable.Range(1, last).Chunk(256))
                lines[shard].AddRange((await Task.WhenAll(sequences.Select(s => probe.GetAsync($"{prefix}_shard_{shard}", s)))).Select(m => Payload(m.Body)));
        }
        return lines;
    }

    private static string Payload(byte[] record)
    {
        Assert.True(StoredRecord.TryRead(record, out StoredRecord read), Encoding.UTF8.GetString(record));
        return Encoding.UTF8.GetString(read.Raw.Span);
    }
}
