using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>
/// Adds shards where most are overloaded and drains the lightest where most are idle: by itself once the monitor runs, or on
/// request (spec 05 §5).
/// </summary>
internal sealed class ScalingController(ShardTopology topology, ScalingOptions options, int initialShards, TimeProvider timeProvider, ILogger log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly int _maxShards = Math.Max(Math.Max(options.MaxShards ?? Environment.ProcessorCount, options.MinShards), initialShards);
    private Task? _monitor;
    private long? _lastDecision;

    public int MaxShards => _maxShards;

    /// <summary>Starts looking at the shards in regular intervals; a second call does nothing.</summary>
    public void StartMonitor() => LazyInitializer.EnsureInitialized(ref _monitor, () => Task.Run(MonitorAsync));

    /// <summary>Adds shards, whatever the cooldown says.</summary>
    /// <returns>The ids of the new shards.</returns>
    public async Task<IReadOnlyList<ushort>> AddAsync(int count, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int active = topology.ActiveCount;
            if (active + count > _maxShards)
                throw new EventBusException(EventBusException.Scaling,
                    $"cannot add {count} shards to {active}: the most is {_maxShards}. Raise ScalingOptions.MaxShards.");
            return Add(count);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Drains and removes the lightest shards.</summary>
    /// <returns>The ids of the removed shards, once they are gone.</returns>
    public async Task<IReadOnlyList<ushort>> RemoveAsync(int count, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int active = topology.ActiveCount;
            if (active - count < options.MinShards)
                throw new EventBusException(EventBusException.Scaling,
                    $"cannot remove {count} of {active} shards: the least is {options.MinShards}. Lower ScalingOptions.MinShards.");
            return await DrainAsync(count).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>One look: closes the window, weighs the shards, and acts when the rules say so.</summary>
    internal async Task TickAsync()
    {
        long now = timeProvider.GetTimestamp();
        foreach (ShardTopology.Entry entry in topology.Entries)
            entry.Window.Close(now);
        topology.Reweigh();
        if (!options.AutoScale || (_lastDecision is { } last && timeProvider.GetElapsedTime(last, now) < options.Cooldown))
            return;
        if (!await _changing.WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false))
            return;
        try
        {
            int change = Decide(now);
            if (change == 0)
                return;
            _lastDecision = now;
            if (change > 0)
                Add(change);
            else
                await DrainAsync(-change).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_monitor is { } monitor)
            await monitor.ConfigureAwait(false);
        _stop.Dispose();
    }

    private int Decide(long now)
    {
        int active = 0, overloaded = 0, underutilized = 0;
        foreach (ShardTopology.Entry entry in topology.Entries)
        {
            if (entry.Shard.State != ShardState.Active)
                continue;
            active++;
            if (!entry.Shard.IsInitial && timeProvider.GetElapsedTime(entry.Shard.CreatedAt, now) < options.Cooldown)
                continue; // too young to judge
            if (IsOverloaded(entry))
                overloaded++;
            else if (IsUnderutilized(entry, now))
                underutilized++;
        }
        return ScalingDecision.Evaluate(active, options.MinShards, _maxShards, overloaded, underutilized);
    }

    private bool IsOverloaded(ShardTopology.Entry entry) =>
        entry.Shard.FillRatio > options.FillRatioThreshold
        || entry.Window.PushLatencyNanoseconds > options.PushLatencyThresholdNanoseconds
        || entry.Window.FlushLatencyMicroseconds > options.FlushLatencyThresholdMicroseconds;

    private bool IsUnderutilized(ShardTopology.Entry entry, long now) =>
        entry.Shard.FillRatio < options.UnderutilizedThreshold
        && entry.Window.Events == 0
        && timeProvider.GetElapsedTime(entry.Window.LastBusyAt, now) >= options.ScaleDownDelay;

    private List<ushort> Add(int count)
    {
        var added = new List<ushort>(count);
        while (added.Count < count && topology.Add(isInitial: false) is { } shard)
            added.Add(shard.Id);
        return added;
    }

    private async Task<IReadOnlyList<ushort>> DrainAsync(int count)
    {
        Shard[] lightest = [.. topology.Entries
            .Where(e => e.Shard.State == ShardState.Active)
            .OrderBy(e => e.Window.Weight).ThenByDescending(e => e.Shard.Id)
            .Take(count).Select(e => e.Shard)];
        await Task.WhenAll(lightest.Select(topology.RemoveAsync)).ConfigureAwait(false);
        return [.. lightest.Select(shard => shard.Id)];
    }

    private async Task MonitorAsync()
    {
        using var timer = new PeriodicTimer(options.MetricsWindow, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                try
                {
                    await TickAsync().WaitAsync(_stop.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.ScalingFailed(e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the bus stops
        }
    }
}
