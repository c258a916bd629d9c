using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Puts entries into a server as somebody else would, and sees what is really there.</summary>
internal sealed class RedisProbe : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;

    private RedisProbe(ConnectionMultiplexer connection) => _connection = connection;

    public static async Task<RedisProbe> ConnectAsync(int port)
    {
        var options = new ConfigurationOptions { EndPoints = { { "127.0.0.1", port } }, AllowAdmin = true, AsyncTimeout = 60_000, ConnectTimeout = 60_000 };
        return new(await ConnectionMultiplexer.ConnectAsync(options));
    }

    public Task<RedisResult> ExecuteAsync(string command, params object[] arguments) => _connection.GetDatabase().ExecuteAsync(command, arguments);

    public Task AddAsync(string key, string id, IEnumerable<byte[]> fields) => ExecuteAsync("XADD", [key, id, .. fields]);

    /// <summary>Adds entries as the vectors list them.</summary>
    public async Task RestoreAsync(string key, JsonElement entries)
    {
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            await AddAsync(key, entry.Text("id"), entry.GetProperty("fields").EnumerateArray()
                .SelectMany(field => new[] { field.Utf8("name"), field.Bytes("value_hex") }));
        }
    }

    /// <summary>The entries of a stream: ids, and fields in order as name, value, name, value.</summary>
    public async Task<List<(string Id, byte[][] Fields)>> ReadAsync(string key)
    {
        RedisResult[] entries = (RedisResult[])(await ExecuteAsync("XRANGE", key, "-", "+"))!;
        return [.. entries.Select(entry => ((string)entry[0]!, ((RedisResult[])entry[1]!).Select(field => (byte[])field!).ToArray()))];
    }

    public async Task<string[]> KeysAsync() => [.. ((string[])(await ExecuteAsync("KEYS", "*"))!).Order(StringComparer.Ordinal)];

    public async Task<int> LengthAsync(string key) => int.Parse((string)(await ExecuteAsync("XLEN", key))!, CultureInfo.InvariantCulture);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
