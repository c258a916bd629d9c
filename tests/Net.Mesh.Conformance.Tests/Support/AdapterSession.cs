using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;
using Net.Mesh.Redis;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>A started adapter, driven without a bus; shut down at the end of the test.</summary>
internal sealed class AdapterSession : IAsyncDisposable
{
    /// <summary>Generous: the tests of this project run beside others on few cores.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private AdapterSession(IEventAdapter adapter) => Adapter = adapter;

    public IEventAdapter Adapter { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static Task<AdapterSession> OpenAsync(RedisServer server, string prefix) => OpenRedisAsync(server.Port, prefix);

    public static Task<AdapterSession> OpenRedisAsync(int port, string prefix, long? maxStreamLength = null, TimeSpan? commandTimeout = null) =>
        OpenAsync(new RedisEventAdapter(RedisOptions(port, prefix) with { MaxStreamLength = maxStreamLength, CommandTimeout = commandTimeout ?? Patience }));

    public static RedisAdapterOptions RedisOptions(int port, string prefix) => new(string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{port}"))
    {
        Prefix = prefix,
        CommandTimeout = Patience,
        ConnectTimeout = Patience,
    };

    public static Task<AdapterSession> OpenAsync(NatsServer server, string prefix) => OpenAsync(new JetStreamEventAdapter(NatsOptions(server.Port, prefix)));

    public static JetStreamAdapterOptions NatsOptions(int port, string prefix) => new(string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{port}"))
    {
        Prefix = prefix,
        RequestTimeout = Patience,
        ConnectTimeout = Patience,
    };

    public static async Task<AdapterSession> OpenAsync(IEventAdapter adapter)
    {
        await adapter.InitializeAsync(new()
        {
            TimeProvider = TimeProvider.System,
            LoggerFactory = NullLoggerFactory.Instance,
            ShardCount = 4,
            BufferCapacity = 1024,
            AdapterTimeout = Patience,
        }, Stop);
        return new(adapter);
    }

    public static EventBatch Batch(ushort shard, ulong start, ulong nonce, IEnumerable<BatchEvent> events, int attempt = 0) =>
        new(shard, start, nonce, events.ToArray(), attempt);

    /// <summary>Events that the bus could have made: <c>{"n":0}</c>, <c>{"n":1}</c>, …</summary>
    public static IEnumerable<BatchEvent> Numbered(ushort shard, int count) => Enumerable.Range(0, count)
        .Select(n => new BatchEvent(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{n}}}""")), (ulong)n + 1, shard));

    /// <summary>The events of a vector: their bytes, their time and, where given, their own shard.</summary>
    public static IEnumerable<BatchEvent> Read(JsonElement events, ushort shard) => events.EnumerateArray().Select(e => new BatchEvent(
        e.Utf8("raw"), e.UInt64(e.Has("t") ? "t" : "insertion_ts"), e.Has("shard_id") ? (ushort)e.Int("shard_id") : shard));

    public Task WriteAsync(EventBatch batch) => Adapter.WriteBatchAsync(batch, Stop).AsTask();

    public Task WriteAsync(ushort shard, IEnumerable<BatchEvent> events) => WriteAsync(Batch(shard, 0, 1, events));

    public async Task<(List<StoredEvent> Events, ShardPage Page)> PollAsync(ushort shard, string? after, int limit)
    {
        var events = new List<StoredEvent>();
        ShardPage page = await Adapter.PollShardAsync(shard, after is null ? null : EventPosition.Parse(after), limit, events, Stop);
        return (events, page);
    }

    public async Task<AdapterErrorKind> FailureAsync(Func<AdapterSession, Task> action) =>
        (await Assert.ThrowsAsync<AdapterException>(() => action(this))).ErrorKind;

    public async ValueTask DisposeAsync() => await Adapter.ShutdownAsync(CancellationToken.None);
}
