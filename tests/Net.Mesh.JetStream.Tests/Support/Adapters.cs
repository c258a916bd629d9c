using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream.Tests;

/// <summary>Builds adapters and batches.</summary>
internal static class Adapters
{
    public const ulong Nonce = 0xdead_beef_cafe_f00d;

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static AdapterContext Context(ILoggerFactory? logs = null) => new()
    {
        TimeProvider = TimeProvider.System,
        LoggerFactory = logs ?? NullLoggerFactory.Instance,
        ShardCount = 4,
        BufferCapacity = 65_536,
        AdapterTimeout = TimeSpan.FromSeconds(30),
    };

    public static async Task<JetStreamEventAdapter> OpenAsync(JetStreamAdapterOptions options, ILoggerFactory? logs = null)
    {
        var adapter = new JetStreamEventAdapter(options);
        await adapter.InitializeAsync(Context(logs), Stop);
        return adapter;
    }

    public static EventBatch Batch(ushort shard, ulong start, int count, int attempt = 0, bool isReplay = false, ulong nonce = Nonce) =>
        new(shard, start, nonce, Enumerable.Range(0, count).Select(i => Event(start + (ulong)i, shard)).ToArray(), attempt, isReplay);

    public static EventBatch Batch(ushort shard, params string[] payloads) =>
        new(shard, 0, Nonce, payloads.Select((p, i) => new BatchEvent(Encoding.UTF8.GetBytes(p), (ulong)i, shard)).ToArray());

    public static BatchEvent Event(ulong number, ushort shard) => new(Encoding.UTF8.GetBytes(Text(number)), number + 1, shard);

    public static string Text(ulong number) => string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{number}}}""");

    public static async Task<(List<StoredEvent> Events, ShardPage Page)> PollAsync(IEventAdapter adapter, ushort shard, EventPosition? after = null, int limit = 1_000)
    {
        var events = new List<StoredEvent>();
        ShardPage page = await adapter.PollShardAsync(shard, after, limit, events, Stop);
        return (events, page);
    }

    public static async Task<List<StoredEvent>> ReadAllAsync(IEventAdapter adapter, ushort shard, int limit = 5_000)
    {
        var events = new List<StoredEvent>();
        EventPosition? after = null;
        ShardPage page;
        do
        {
            page = await adapter.PollShardAsync(shard, after, limit, events, Stop);
            after = page.Next ?? after;
        }
        while (page.HasMore);
        return events;
    }

    /// <summary>What a consumer with a connection and patience of its own finds in shard 0.</summary>
    public static async Task<List<StoredEvent>> ReadBackAsync(string url)
    {
        await using JetStreamEventAdapter reader = await OpenAsync(new(url) { ConnectTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(30) });
        return await ReadAllAsync(reader, 0);
    }

    public static string[] Ids(IEnumerable<StoredEvent> events) => [.. events.Select(e => e.Id.ToString())];

    public static void AssertNumbered(ulong first, int count, IEnumerable<StoredEvent> events) =>
        Assert.Equal(Enumerable.Range(0, count).Select(i => Text(first + (ulong)i)), events.Select(e => e.GetString()));

    public static async Task<AdapterException> FailsAsync(AdapterErrorKind kind, Func<ValueTask> call)
    {
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(async () => await call());
        Assert.True(kind == e.ErrorKind, $"expected {kind}, got {e.ErrorKind}: {e.Message}");
        return e;
    }

    /// <summary>Writes as the bus does: the identical batch again until it is stored.</summary>
    public static async Task<int> WriteWithRetriesAsync(IEventAdapter adapter, EventBatch batch, int maxAttempts = 200)
    {
        for (int attempt = batch.Attempt; ; attempt++)
        {
            try
            {
                await adapter.WriteBatchAsync(new EventBatch(batch.ShardId, batch.SequenceStart, batch.ProducerNonce, batch.Events, attempt, batch.IsReplay), Stop);
                return attempt;
            }
            catch (AdapterException e) when (e.IsRetryable && attempt < maxAttempts)
            {
                await Task.Yield();
            }
        }
    }
}

/// <summary>Keeps the log lines.</summary>
internal sealed class CapturedLogs : ILoggerFactory, ILogger
{
    public ConcurrentQueue<(LogLevel Level, int EventPosition, string Message)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, eventId.Id, formatter(state, exception) + exception));
}
