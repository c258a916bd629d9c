using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;
using StackExchange.Redis;

// The tests of servers that pause or die measure time; on two cores they must not compete with each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Net.Mesh.Redis.Tests;

/// <summary>One server for all tests of a class, started by the first that needs it; each test uses a prefix of its own.</summary>
public sealed class SharedRedis : IAsyncDisposable
{
    private RedisServer? _server;
    private ConnectionMultiplexer? _client;
    private int _prefixes;

    public async Task<RedisServer> ServerAsync() => _server ??= await RedisServer.StartNewAsync();

    /// <summary>A client of the test's own, to look at what is stored and to plant what others might store.</summary>
    public async Task<IDatabase> DatabaseAsync()
    {
        RedisServer server = await ServerAsync();
        _client ??= await ConnectionMultiplexer.ConnectAsync(server.Endpoint + ",allowAdmin=true");
        return _client.GetDatabase();
    }

    public string NewPrefix() => string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _prefixes)}");

    public async Task<RedisEventAdapter> OpenAsync(string prefix, Func<RedisAdapterOptions, RedisAdapterOptions>? configure = null)
    {
        RedisServer server = await ServerAsync();
        return await Open.AdapterAsync(server.Url, prefix, configure);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
            await _client.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Adapters, batches and reads in one line each.</summary>
internal static class Open
{
    public const ulong Nonce = 0xdead_beef_cafe_f00d;

    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static AdapterContext Context(ILoggerFactory? logs = null, TimeProvider? time = null) => new()
    {
        TimeProvider = time ?? TimeProvider.System,
        LoggerFactory = logs ?? NullLoggerFactory.Instance,
        ShardCount = 4,
        BufferCapacity = 1024,
        AdapterTimeout = TimeSpan.FromSeconds(30),
    };

    public static async Task<RedisEventAdapter> AdapterAsync(
        string url, string prefix = "net", Func<RedisAdapterOptions, RedisAdapterOptions>? configure = null)
    {
        // Generous by default: only tests about time should fail for being slow.
        var options = new RedisAdapterOptions(url) { Prefix = prefix, CommandTimeout = TimeSpan.FromSeconds(20), ConnectTimeout = TimeSpan.FromSeconds(20) };
        var adapter = new RedisEventAdapter(configure?.Invoke(options) ?? options);
        await adapter.InitializeAsync(Context(), Stop);
        return adapter;
    }

    public static EventBatch Batch(ushort shard, ulong start, int count, int attempt = 0, bool isReplay = false, ulong nonce = Nonce) =>
        new(shard, start, nonce, Enumerable.Range(0, count).Select(i => Event((int)start + i, shard)).ToArray(), attempt, isReplay);

    public static BatchEvent Event(int number, ushort shard) =>
        new(System.Text.Encoding.UTF8.GetBytes(Payload(number)), (ulong)number + 1, shard);

    public static string Payload(int number) => string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{number}}}""");

    public static string[] Payloads(int count) => [.. Enumerable.Range(0, count).Select(Payload)];

    public static async Task<(string[] Payloads, ShardPage Page)> ReadAsync(IEventAdapter adapter, ushort shard, EventPosition? after = null, int limit = 50_000)
    {
        var events = new List<StoredEvent>();
        ShardPage page = await adapter.PollShardAsync(shard, after, limit, events, Stop);
        return ([.. events.Select(e => e.GetString())], page);
    }

    public static Task<AdapterException> FailsAsync(Func<ValueTask> call) => Assert.ThrowsAsync<AdapterException>(async () => await call());
}

/// <summary>Shuts an adapter down at the end of a test.</summary>
internal sealed class RedisEventAdapterScope(RedisEventAdapter adapter) : IAsyncDisposable
{
    public RedisEventAdapter Adapter => adapter;

    public ValueTask DisposeAsync() => adapter.ShutdownAsync(CancellationToken.None);
}
