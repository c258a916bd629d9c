using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisHealthTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    [Fact]
    [Trait("spec", "05 T36")]
    public async Task Probing_opens_no_connections()
    {
        await using RedisEventAdapterScope scope = new(await redis.OpenAsync(redis.NewPrefix()));
        Assert.True(await scope.Adapter.IsHealthyAsync(Open.Stop));
        long before = await ConnectionsAsync();
        for (int i = 0; i < 50; i++)
            Assert.True(await scope.Adapter.IsHealthyAsync(Open.Stop));
        Assert.Equal(before, await ConnectionsAsync());
    }

    [Fact]
    public async Task The_dedup_contract_is_logged_once_for_all_adapters()
    {
        using var logs = new CollectingLogs();
        var notice = new DedupNotice();
        string url = (await redis.ServerAsync()).Url;
        for (int i = 0; i < 3; i++)
        {
            var adapter = new RedisEventAdapter(new RedisAdapterOptions(url), notice);
            await adapter.InitializeAsync(Open.Context(logs), Open.Stop);
            await adapter.InitializeAsync(Open.Context(logs), Open.Stop);
            await adapter.ShutdownAsync(Open.Stop);
        }
        Assert.Single(logs.Lines, line => line.Contains("at least once", StringComparison.Ordinal));
        Assert.Equal(3, logs.Lines.Count(line => line.Contains("connected to", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("spec", "05 T34")]
    public async Task Logs_show_neither_password_nor_payload()
    {
        IDatabase db = await redis.DatabaseAsync();
        await db.ExecuteAsync("ACL", "SETUSER", "logged", "on", ">hunter@2", "~*", "+@all");
        using var logs = new CollectingLogs();
        string prefix = redis.NewPrefix();
        var adapter = new RedisEventAdapter(
            new RedisAdapterOptions($"redis://logged:hunter@2@{(await redis.ServerAsync()).Endpoint}") { Prefix = prefix });
        await adapter.InitializeAsync(Open.Context(logs), Open.Stop);
        await db.StreamAddAsync(prefix + ":shard:0", "d", "secret payload");
        await Open.ReadAsync(adapter, 0);
        await adapter.WriteBatchAsync(Open.Batch(0, 0, 5), Open.Stop);
        await adapter.WriteBatchAsync(Open.Batch(0, 0, 5, attempt: 1), Open.Stop);
        await adapter.ShutdownAsync(Open.Stop);

        Assert.Contains(logs.Lines, line => line.Contains("redis://[REDACTED]@127.0.0.1", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.Contains("Skipped 1 unreadable", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.Contains("5 of 5 events are stored already", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("hunter", StringComparison.Ordinal) || line.Contains("payload", StringComparison.Ordinal));
    }

    private async Task<long> ConnectionsAsync()
    {
        IDatabase db = await redis.DatabaseAsync();
        string info = (string?)await db.ExecuteAsync("INFO", "stats") ?? "";
        string line = info.Split('\n').Single(l => l.StartsWith("total_connections_received:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Trim(), Open.Culture);
    }

    private sealed class CollectingLogs : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
