using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>
/// The shards of a bus and their workers: adds them, drains and removes them, and tells producers which ones to use. Ids only
/// ever go up and are never used again (spec 05 §5).
/// </summary>
/// <remarks>Changes come one at a time, under the lock; reads take a snapshot.</remarks>
internal sealed class ShardTopology(Func<Shard, ShardWorker> createWorker, Func<ushort, bool, Shard> createShard, ILogger log)
{
    private readonly Lock _lock = new();
    private ShardTotals _retired;
    private volatile Entry[] _entries = [];
    private volatile RoutingTable _routes = RoutingTable.Empty;
    private volatile ushort[] _liveIds = [];
    private int _nextId;
    private bool _isClosed;

    public RoutingTable Routes => _routes;

    /// <summary>Ids of the shards that are not gone yet, ascending.</summary>
    public ushort[] LiveIds => _liveIds;

    public IReadOnlyList<Entry> Entries => _entries;

    public int ActiveCount => _entries.Count(e => e.Shard.State == ShardState.Active);

    /// <summary>Adds a shard whose worker runs before the first event can reach it (T25).</summary>
    /// <returns>The shard; null when no id is left or the bus closes.</returns>
    public Shard? Add(bool isInitial)
    {
        lock (_lock)
        {
            if (_isClosed || _nextId >= RoutingTable.NoShard)
                return null;
            Shard shard = createShard((ushort)_nextId++, isInitial);
            ShardWorker worker = createWorker(shard);
            worker.Start();
            shard.State = ShardState.Active;
            _entries = [.. _entries, new(shard, worker, new(worker))];
            Publish();
            if (!isInitial)
                log.ShardAdded(shard.Id, ActiveCount);
            return shard;
        }
    }

    /// <summary>
    /// Takes a shard out of the routes and closes its ring; its worker stores what is in it, in order and numbered on, and then
    /// the shard is gone (T26, T27).
    /// </summary>
    /// <returns>Completes when it is gone.</returns>
    public async Task RemoveAsync(Shard shard)
    {
        Entry entry;
        lock (_lock)
        {
            entry = Array.Find(_entries, e => e.Shard == shard)!;
            if (entry is null || shard.State != ShardState.Active)
                return;
            shard.State = ShardState.Draining;
            Publish(); // first: a producer that meets the closed ring finds the new routes
            shard.Ring.Close();
            shard.Wake.Set();
        }
        await entry.Worker.Completion.ConfigureAwait(false);
        lock (_lock)
        {
            shard.State = ShardState.Stopped;
            _retired = _retired.Plus(entry);
            _entries = [.. _entries.Where(e => e != entry)];
            Publish();
        }
        entry.Worker.Dispose();
        log.ShardRemoved(shard.Id, ActiveCount);
    }

    /// <summary>Works out anew which shards are the lightest.</summary>
    public void Reweigh()
    {
        lock (_lock)
            Publish();
    }

    /// <summary>Refuses further events and further shards.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (Entry entry in _entries)
            {
                entry.Shard.Ring.Close();
                entry.Shard.Wake.Set();
            }
        }
    }

    private void Publish()
    {
        Entry[] active = [.. _entries.Where(e => e.Shard.State == ShardState.Active)];
        var weights = active.ToDictionary(e => e.Shard, e => e.Window.Weight);
        _routes = RoutingTable.FromWeights([.. active.Select(e => e.Shard)], shard => weights[shard]);
        _liveIds = [.. _entries.Select(e => e.Shard.Id).Order()];
    }

    /// <summary>The counters of all shards, those that are gone included, so that totals never go back.</summary>
    public ShardTotals Totals()
    {
        lock (_lock)
        {
            ShardTotals totals = _retired;
            foreach (Entry entry in _entries)
                totals = totals.Plus(entry);
            return totals;
        }
    }

    internal sealed record Entry(Shard Shard, ShardWorker Worker, ShardWindow Window);
}

/// <summary>Counters summed over shards.</summary>
internal readonly record struct ShardTotals(
    long Accepted, long Rejected, long Evicted, long Dispatched, long Batches, long Failed, long Retries, long Pending, Exception? LastFailure)
{
    public ShardTotals Plus(ShardTopology.Entry entry)
    {
        DispatchCounters counters = entry.Worker.Dispatcher.Counters;
        return new(
            Accepted + entry.Shard.Accepted,
            Rejected + entry.Shard.Rejected,
            Evicted + entry.Shard.Evicted,
            Dispatched + counters.DispatchedEvents,
            Batches + counters.DispatchedBatches,
            Failed + counters.FailedEvents,
            Retries + counters.Retries,
            Pending + entry.Shard.Ring.Count,
            counters.LastFailure ?? LastFailure);
    }
}
