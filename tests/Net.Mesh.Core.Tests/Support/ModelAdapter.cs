namespace Net.Mesh.Core.Tests.Support;

/// <summary>
/// Shards as a test lays them out: readable and unreadable entries with any ids and timestamps, shards that fail. For reading.
/// </summary>
internal sealed class ModelAdapter : IEventAdapter
{
    private readonly Lock _lock = new();

    public SortedDictionary<ushort, List<Entry>> Shards { get; } = [];

    public Dictionary<ushort, Exception> Failing { get; } = [];


    public bool Discovers { get; set; } = true;

    /// <summary>How many events each poll asked for.</summary>
    public List<(ushort Shard, EventPosition? After, int Limit)> Polls { get; } = [];

    public string Name => "model";

    /// <summary>Appends readable events with numeric ids from 1 on.</summary>
    public void Add(ushort shard, params (string Text, ulong Timestamp)[] events) => Add(shard, events.AsEnumerable());

    /// <summary>Appends readable events with numeric ids from 1 on.</summary>
    public void Add(ushort shard, IEnumerable<(string Text, ulong Timestamp)> events)
    {
        lock (_lock)
        {
            List<Entry> entries = EntriesOf(shard);
            foreach ((string text, ulong timestamp) in events)
                entries.Add(new(EventPosition.FromNumber((ulong)entries.Count + 1), text, timestamp));
        }
    }

    public void AddUnreadable(ushort shard, int count)
    {
        lock (_lock)
        {
            List<Entry> entries = EntriesOf(shard);
            for (int i = 0; i < count; i++)
                entries.Add(new(EventPosition.FromNumber((ulong)entries.Count + 1), null, 0));
        }
    }

    public ValueTask<ShardPage> PollShardAsync(
        ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Polls.Add((shardId, after, limit));
            if (Failing.TryGetValue(shardId, out Exception? failure))
                throw failure;
            if (!Shards.TryGetValue(shardId, out List<Entry>? entries))
                return ValueTask.FromResult(ShardPage.Empty);
            Entry[] rest = [.. entries.Where(e => after is not { } id || e.Id.CompareTo(id) > 0)];
            Entry[] page = rest[..Math.Min(limit, rest.Length)];
            foreach (Entry e in page)
            {
                if (e.Text is { } text)
                    events.Add(new(e.Id, Encoding.UTF8.GetBytes(text), e.Timestamp, shardId));
            }
            return ValueTask.FromResult(new ShardPage(page.Length == 0 ? null : page[^1].Id, rest.Length > page.Length));
        }
    }

    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult(Shards.TryGetValue(shardId, out List<Entry>? entries) && entries.Count > 0 ? entries[^1].Id : (EventPosition?)null);
    }

    public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ushort>>(Discovers ? [.. Shards.Keys] : []);

    public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);

    private List<Entry> EntriesOf(ushort shard)
    {
        if (!Shards.TryGetValue(shard, out List<Entry>? entries))
            Shards[shard] = entries = [];
        return entries;
    }

    /// <param name="Text">Null for an entry that cannot be decoded: it is seen and skipped.</param>
    internal sealed record Entry(EventPosition Id, string? Text, ulong Timestamp);
}
