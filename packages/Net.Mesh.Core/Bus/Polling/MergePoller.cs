using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>
/// Reads one page over all shards: polls them in parallel, filters, merges, cuts to the limit, and works out the cursor that
/// neither skips nor repeats an event (spec 05 §14.3). Thread-safe.
/// </summary>
/// <remarks>
/// What a page takes of a shard is always the beginning of what follows the shard's position, in the shard's own order; so a
/// page ordered by timestamp is a merge of shards, sorted at the end, and the cursor is exact even where a shard's timestamps
/// are not monotone because several producers wrote it (T8).
/// </remarks>
internal sealed class MergePoller(IEventAdapter adapter, ShardDirectory directory, ILogger log)
{
    /// <summary>No single poll looks at more events of a shard than this.</summary>
    public const int MaxPerShard = 10_000;

    private const int MaxIdleScratch = 8;
    private readonly ConcurrentBag<PollScratch> _scratch = [];
    private int _turn;

    public async ValueTask<PollResponse> PollAsync(PollRequest request, CompositeCursor? cursor, CancellationToken cancellationToken)
    {
        if (request.Limit == 0)
            return new([], 0, cursor, request.Cursor);
        IReadOnlyList<ushort> shards = await directory.SelectAsync(request.Shards, cursor, cancellationToken).ConfigureAwait(false);
        if (shards.Count == 0)
            return new([], 0, cursor, request.Cursor);

        if (!_scratch.TryTake(out PollScratch? scratch))
            scratch = new();
        try
        {
            int perShard = PerShardLimit(request, shards.Count, out bool isCapped);
            scratch.Prepare(shards, cursor);
            await PollShardsAsync(scratch, perShard, cancellationToken).ConfigureAwait(false);
            if (request.Filter is { } filter)
                scratch.Filter(filter, log);
            StoredEvent[] page = Take(scratch, request, out int count);
            return Respond(scratch, request, cursor, page, count, isCapped);
        }
        finally
        {
            scratch.Clear();
            if (_scratch.Count < MaxIdleScratch)
                _scratch.Add(scratch);
        }
    }

    private static int PerShardLimit(PollRequest request, int shards, out bool isCapped)
    {
        long fairShare = Math.Max(1, ((long)request.Limit + shards - 1) / shards);
        long wanted = fairShare * (request.Filter is null ? 2 : 3);
        isCapped = wanted > MaxPerShard;
        return (int)Math.Min(wanted, MaxPerShard);
    }

    private async ValueTask PollShardsAsync(PollScratch scratch, int limit, CancellationToken cancellationToken)
    {
        // Start all of them before awaiting the first.
        foreach (ShardRead read in scratch.Reads)
        {
            try
            {
#pragma warning disable CA2012 // awaited exactly once, below
                read.Pending = adapter.PollShardAsync(read.ShardId, read.Start, limit, read.Events, cancellationToken);
#pragma warning restore CA2012
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Fail(read, e.Message);
            }
        }
        OperationCanceledException? cancelled = null;
        foreach (ShardRead read in scratch.Reads)
        {
            if (read.Failure is not null)
                continue;
            try
            {
                read.Page = await read.Pending.ConfigureAwait(false);
                if (read.Start is { } start && read.Page.Next is { } next && next.Format != start.Format)
                    Fail(read, $"the cursor's position \"{start}\" belongs to another backend than \"{next}\"; reset the cursor to read shard {read.ShardId} from the beginning");
            }
            catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
            {
                cancelled = e; // after all of them ended: the lists are in use until then
            }
            catch (Exception e)
            {
                Fail(read, e.Message);
            }
        }
        if (cancelled is not null)
            cancellationToken.ThrowIfCancellationRequested();
    }

    private void Fail(ShardRead read, string reason)
    {
        read.Failure = reason;
        read.Events.Clear();
        read.Page = ShardPage.Empty;
        log.ShardPollFailed(read.ShardId, reason);
    }

    private StoredEvent[] Take(PollScratch scratch, PollRequest request, out int count)
    {
        int available = 0;
        foreach (ShardRead read in scratch.Reads)
            available += read.Events.Count;
        int limit = Math.Min(request.Limit, available);
        if (limit == 0)
        {
            count = 0;
            return [];
        }
        StoredEvent[] page = ArrayPool<StoredEvent>.Shared.Rent(limit);
        if (request.Ordering == EventOrdering.InsertionTimestamp)
        {
            TakeOldestFirst(scratch, page.AsSpan(0, limit));
            page.AsSpan(0, limit).Sort(static (a, b) => CompareByTime(a, b));
        }
        else
        {
            TakeInTurns(scratch, page.AsSpan(0, limit));
        }
        count = limit;
        return page;
    }

    // Shards take turns so that a long one starves nobody (T9); who begins changes from poll to poll, for pages smaller than
    // the number of shards.
    private void TakeInTurns(PollScratch scratch, Span<StoredEvent> page)
    {
        List<ShardRead> reads = scratch.Reads;
        int start = (int)((uint)Interlocked.Increment(ref _turn) % (uint)reads.Count);
        int count = 0;
        while (count < page.Length)
        {
            for (int i = 0; i < reads.Count && count < page.Length; i++)
            {
                ShardRead read = reads[(start + i) % reads.Count];
                if (read.Taken < read.Events.Count)
                    page[count++] = read.Events[read.Taken++];
            }
        }
    }

    private static void TakeOldestFirst(PollScratch scratch, Span<StoredEvent> page)
    {
        for (int count = 0; count < page.Length; count++)
        {
            ShardRead? oldest = null;
            foreach (ShardRead read in scratch.Reads)
            {
                if (read.Taken < read.Events.Count
                    && (oldest is null || CompareByTime(read.Events[read.Taken], oldest.Events[oldest.Taken]) < 0))
                    oldest = read;
            }
            page[count] = oldest!.Events[oldest.Taken++];
        }
    }

    private static int CompareByTime(in StoredEvent a, in StoredEvent b)
    {
        int order = a.InsertionTimestamp.CompareTo(b.InsertionTimestamp);
        if (order == 0)
            order = a.ShardId.CompareTo(b.ShardId);
        return order != 0 ? order : a.Id.CompareTo(b.Id);
    }

    private static PollResponse Respond(PollScratch scratch, PollRequest request, CompositeCursor? cursor, StoredEvent[] page, int count, bool isCapped)
    {
        bool moved = false, cut = false, anyMore = false;
        List<FailedShard>? failed = null;
        foreach (ShardRead read in scratch.Reads)
        {
            if (read.Failure is not null)
                (failed ??= []).Add(new(read.ShardId, read.Failure));
            cut |= read.Taken < read.Events.Count;
            anyMore |= read.Page.HasMore;
            moved |= read.Moves(out _);
        }
        bool hasProgress = count > 0 || moved;
        return new(page, count, moved ? scratch.Advance(cursor) : cursor, moved ? null : request.Cursor)
        {
            HasMore = hasProgress && (anyMore || cut || (request.Filter is not null && count == 0 && moved)),
            TruncatedAtShardCap = isCapped,
            StalledShards = !hasProgress && anyMore ? [.. scratch.Reads.Where(r => r.Page.HasMore).Select(r => r.ShardId)] : [],
            FailedShards = failed ?? (IReadOnlyList<FailedShard>)[],
        };
    }
}
