using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;
using Xunit;

namespace Net.Mesh.Testing;

/// <summary>
/// Tells you whether your <see cref="IEventAdapter"/> keeps the contract of the event bus (spec 05 §7): derive a test class from
/// it, say how to create your adapter, and run it with xunit v3.
/// </summary>
/// <remarks>
/// Every test gets an adapter of its own over an empty store and shuts it down at the end. Say through the properties what
/// your storage cannot do; what is switched off is reported as skipped, with the reason. The payloads are JSON.
/// </remarks>
/// <example>
/// <code>
/// public sealed class MyAdapterContract : EventAdapterContract
/// {
///     protected override Task&lt;IEventAdapter&gt; CreateAsync() =&gt; Task.FromResult&lt;IEventAdapter&gt;(new MyAdapter());
/// }
/// </code>
/// </example>
public abstract partial class EventAdapterContract : IAsyncDisposable
{
    /// <summary>The producer that most tests write as.</summary>
    private const ulong Nonce = 0xdead_beef_cafe_f00d;

    private readonly List<IEventAdapter> _opened = [];

    /// <summary>Whether what was written can be read back. Default true.</summary>
    protected virtual bool RetainsEvents => true;

    /// <summary>Whether <see cref="StoredEvent.DedupId"/> comes back. Default true; without it the id must come back null.</summary>
    protected virtual bool KeepsDedupIds => true;

    /// <summary>Whether <see cref="StoredEvent.InsertionTimestamp"/> is the producer's. Default true; an adapter that stores payloads alone says false.</summary>
    protected virtual bool KeepsTimestamps => true;

    /// <summary>Whether a batch that is sent again is stored once. Default true; a storage without any identity of events says false.</summary>
    protected virtual bool IdempotentRetries => true;

    /// <summary>Whether <see cref="IEventAdapter.DiscoverShardsAsync"/> finds the shards that hold data. Default true.</summary>
    protected virtual bool DiscoversShards => true;

    /// <summary>Whether events outlive the adapter. Default false; with true, override <see cref="ReopenAsync"/>.</summary>
    protected virtual bool SurvivesReopen => false;

    /// <summary>A fresh adapter over an empty store, not yet initialised.</summary>
    protected abstract Task<IEventAdapter> CreateAsync();

    /// <summary>Another adapter, not yet initialised, over the store of the last <see cref="CreateAsync"/>.</summary>
    protected virtual Task<IEventAdapter> ReopenAsync() =>
        throw new InvalidOperationException($"{GetType().Name} says SurvivesReopen; override ReopenAsync to return an adapter over the same store.");

    /// <summary>What the adapter is initialised with.</summary>
    protected virtual AdapterContext CreateContext() => new()
    {
        TimeProvider = TimeProvider.System,
        LoggerFactory = NullLoggerFactory.Instance,
        ShardCount = 4,
        BufferCapacity = 65_536,
        AdapterTimeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Shuts down what the test opened. Call it when you override it.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (IEventAdapter adapter in _opened)
            await adapter.ShutdownAsync(CancellationToken.None);
        GC.SuppressFinalize(this);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<IEventAdapter> CreateOnlyAsync()
    {
        IEventAdapter adapter = await CreateAsync();
        _opened.Add(adapter);
        return adapter;
    }

    private async Task<IEventAdapter> OpenAsync()
    {
        IEventAdapter adapter = await CreateOnlyAsync();
        await adapter.InitializeAsync(CreateContext(), Stop);
        return adapter;
    }

    private async Task<IEventAdapter> OpenRetainingAsync()
    {
        Assert.SkipUnless(RetainsEvents, "the adapter does not retain events");
        return await OpenAsync();
    }

    private static string Text(ulong number) => string.Create(CultureInfo.InvariantCulture, $$"""{"n": {{number}},  "text":"\u00e9é"}""");

    /// <summary>Events whose payload and timestamp tell their place in the shard.</summary>
    private static BatchEvent[] Events(ulong first, int count, ushort shard) => [.. Enumerable.Range(0, count).Select(i =>
        new BatchEvent(Encoding.UTF8.GetBytes(Text(first + (ulong)i)), 1_000 + first + (ulong)i, shard))];

    private static EventBatch Batch(ushort shard, ulong first, int count, int attempt = 0, bool isReplay = false, ulong nonce = Nonce) =>
        new(shard, first, nonce, Events(first, count, shard), attempt, isReplay);

    private static async Task<(List<StoredEvent> Events, ShardPage Page)> PollAsync(
        IEventAdapter adapter, ushort shard, EventPosition? after = null, int limit = 1_000)
    {
        var events = new List<StoredEvent>();
        ShardPage page = await adapter.PollShardAsync(shard, after, limit, events, Stop);
        return (events, page);
    }

    /// <summary>Everything a shard holds, page by page, the way the bus reads.</summary>
    private static async Task<List<StoredEvent>> ReadAllAsync(IEventAdapter adapter, ushort shard, int limit = 5_000)
    {
        var events = new List<StoredEvent>();
        EventPosition? after = null;
        bool hasMore = true;
        while (hasMore)
        {
            ShardPage page = await adapter.PollShardAsync(shard, after, limit, events, Stop);
            Assert.False(page.HasMore && page.Next == after, $"shard {shard} says there is more after {after}, but does not get past it");
            after = page.Next ?? after;
            hasMore = page.HasMore;
        }
        return events;
    }

    private static void AssertNumbered(ulong first, int count, IReadOnlyList<StoredEvent> events) =>
        Assert.Equal(Enumerable.Range(0, count).Select(i => Text(first + (ulong)i)), events.Select(e => e.GetString()));

    private static async Task AssertFailsAsync(AdapterErrorKind kind, Func<ValueTask> call)
    {
        // A plain async lambda, so that an adapter may throw before it returns a task as well as from the task.
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(async () => await call());
        Assert.Equal(kind, e.ErrorKind);
    }
}
