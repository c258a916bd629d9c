using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>
/// Which shards a poll reads when it names none: the live ones, those of the cursor, and those that hold data in the backend,
/// so that what a removed shard or a wider producer left is not stranded (T10). Thread-safe.
/// </summary>
internal sealed class ShardDirectory(IEventAdapter adapter, Func<ushort[]> liveShards, TimeProvider timeProvider, ILogger log)
{
    private static readonly TimeSpan RediscoverEvery = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private IReadOnlyList<ushort> _discovered = [];
    private long? _discoveredAt;
    private ushort[] _lastLive = [];
    private ushort[]? _union;

    public async ValueTask<IReadOnlyList<ushort>> SelectAsync(IReadOnlyCollection<ushort>? requested, CompositeCursor? cursor, CancellationToken cancellationToken)
    {
        if (requested is not null)
            return [.. requested.Distinct().Order()];
        if (IsStale())
            await DiscoverAsync(cancellationToken).ConfigureAwait(false);
        ushort[] known = Known();
        return cursor is null || AreKnown(cursor.Shards, known) ? known : [.. known.Union(cursor.Shards).Order()];
    }

    private static bool AreKnown(IReadOnlyList<ushort> shards, ushort[] known)
    {
        for (int i = 0; i < shards.Count; i++)
        {
            if (Array.BinarySearch(known, shards[i]) < 0)
                return false;
        }
        return true;
    }

    private bool IsStale()
    {
        lock (_lock)
            return _discoveredAt is not { } at || timeProvider.GetElapsedTime(at) >= RediscoverEvery;
    }

    private async ValueTask DiscoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<ushort> found = await adapter.DiscoverShardsAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _discovered = found;
                _union = null;
            }
        }
        catch (AdapterException e)
        {
            log.DiscoveryFailed(e.Message); // the live shards and the cursor's are still read
        }
        lock (_lock)
            _discoveredAt = timeProvider.GetTimestamp();
    }

    private ushort[] Known()
    {
        ushort[] live = liveShards();
        lock (_lock)
        {
            if (_union is null || !live.AsSpan().SequenceEqual(_lastLive))
            {
                _lastLive = live;
                _union = [.. live.Union(_discovered).Order()];
            }
            return _union;
        }
    }
}
