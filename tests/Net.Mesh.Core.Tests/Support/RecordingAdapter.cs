using System.Collections.Concurrent;

namespace Net.Mesh.Core.Tests.Support;

/// <summary>
/// Keeps everything it is told, so that tests can look at batches as well as poll them. It can be held at a gate, be told to
/// fail, and drop events with a known dedup id as JetStream does.
/// </summary>
internal sealed class RecordingAdapter : IEventAdapter
{
    private readonly Lock _lock = new();
    private readonly List<SentBatch> _attempts = [];
    private readonly List<SentBatch> _stored = [];
    private readonly SortedDictionary<ushort, List<StoredEvent>> _shards = [];
    private readonly HashSet<string> _seen = [];

    public string Name { get; init; } = "recording";

    public AdapterTraits Traits { get; init; } = AdapterTraits.Default;

    /// <summary>Whether an event whose dedup id was seen before is acknowledged and thrown away.</summary>
    public bool DropsKnownIds { get; init; }

    /// <summary>Writers wait here; open unless a test closes it.</summary>
    public Gate Gate { get; } = new(isOpen: true);

    /// <summary>Whether a writer at the gate leaves when its write is cancelled.</summary>
    public bool HonoursCancellation { get; init; } = true;

    /// <summary>Says how an attempt fails; null lets it succeed.</summary>
    public Func<EventBatch, Exception?> Failure { get; set; } = _ => null;

    public Func<CancellationToken, ValueTask> OnInitialize { get; set; } = _ => ValueTask.CompletedTask;

    public Func<CancellationToken, ValueTask> OnFlush { get; set; } = _ => ValueTask.CompletedTask;

    public Func<CancellationToken, ValueTask> OnShutdown { get; set; } = _ => ValueTask.CompletedTask;

    public bool IsHealthy { get; set; } = true;

    public int Initializations { get; private set; }

    public int Flushes { get; private set; }

    public int Shutdowns { get; private set; }

    public int DuplicatesDropped { get; private set; }

    /// <summary>Every attempt, also those that failed.</summary>
    public IReadOnlyList<SentBatch> Attempts => Snapshot(_attempts);

    /// <summary>The batches that were stored, in order.</summary>
    public IReadOnlyList<SentBatch> Stored => Snapshot(_stored);

    /// <summary>The payloads of all stored batches.</summary>
    public IReadOnlyList<string> Payloads => [.. Stored.SelectMany(batch => batch.Payloads)];

    public int Count => Stored.Sum(batch => batch.Payloads.Length);

    public async ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken)
    {
        Initializations++;
        await OnInitialize(cancellationToken);
    }

    public async ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        SentBatch copy = SentBatch.Copy(batch);
        lock (_lock)
            _attempts.Add(copy);
        await Gate.PassAsync(HonoursCancellation ? cancellationToken : CancellationToken.None);
        if (Failure(batch) is { } failure)
            throw failure;
        Keep(copy);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Flushes++;
        await OnFlush(cancellationToken);
    }

    public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        Shutdowns++;
        await OnShutdown(cancellationToken);
    }

    public ValueTask<ShardPage> PollShardAsync(
        ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_shards.TryGetValue(shardId, out List<StoredEvent>? all))
                return ValueTask.FromResult(ShardPage.Empty);
            int start = after is { } id && id.TryGetNumber(out ulong number) ? (int)number : 0;
            int count = Math.Min(limit, all.Count - start);
            if (count <= 0)
                return ValueTask.FromResult(ShardPage.Empty);
            events.AddRange(all.GetRange(start, count));
            return ValueTask.FromResult(new ShardPage(all[start + count - 1].Id, start + count < all.Count));
        }
    }

    public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult(_shards.TryGetValue(shardId, out List<StoredEvent>? all) ? all[^1].Id : (EventPosition?)null);
    }

    public ValueTask<IReadOnlyList<ushort>> DiscoverShardsAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<ushort>>([.. _shards.Keys]);
    }

    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(IsHealthy);

    private void Keep(SentBatch batch)
    {
        lock (_lock)
        {
            _stored.Add(batch);
            for (int i = 0; i < batch.Payloads.Length; i++)
            {
                if (!_seen.Add(batch.DedupIds[i]) && DropsKnownIds)
                {
                    DuplicatesDropped++;
                    continue;
                }
                if (!_shards.TryGetValue(batch.ShardId, out List<StoredEvent>? shard))
                    _shards[batch.ShardId] = shard = [];
                shard.Add(new(EventPosition.FromNumber((ulong)shard.Count + 1), Encoding.UTF8.GetBytes(batch.Payloads[i]),
                    batch.Timestamps[i], batch.ShardId, batch.DedupIds[i]));
            }
        }
    }

    private SentBatch[] Snapshot(List<SentBatch> batches)
    {
        lock (_lock)
            return [.. batches];
    }
}
