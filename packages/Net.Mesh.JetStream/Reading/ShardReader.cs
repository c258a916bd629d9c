using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream;

/// <summary>Reads pages of a shard (spec 05 §11.5). Creates nothing. Thread-safe.</summary>
internal sealed class ShardReader(StreamCatalog catalog, MessageFetcher fetcher, ILogger logger)
{
    /// <summary>Requests on the way at once.</summary>
    private const int MaxRequests = 512;

    /// <summary>Message bytes on the way at once, by the stream's average.</summary>
    private const ulong MaxBytes = 32 * 1024 * 1024;

    /// <summary>One call looks past at most this many unreadable messages; then it returns, further on, with more to come.</summary>
    private const int MaxUnreadable = 10_000;

    private readonly ConcurrentDictionary<ushort, bool> _warned = new();

    public async ValueTask<ShardPage> ReadAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken)
    {
        ulong cursor = 0;
        if (after is { } id && !id.TryGetNumber(out cursor))
        {
            throw new AdapterException(AdapterErrorKind.Fatal,
                $"\"{id}\" is no JetStream position of shard {shardId}; a position is a sequence number. Start from the beginning, or use a cursor that this backend gave out");
        }
        // T30: nothing can stand after the highest sequence; adding one would start over.
        if (cursor == ulong.MaxValue)
            return ShardPage.Empty;

        StreamNames names = catalog.Names(shardId);
        StreamInfo? info = await catalog.FindAsync(names, cancellationToken).ConfigureAwait(false);
        if (info is null || info.Messages == 0 || cursor >= info.LastSequence)
            return ShardPage.Empty;
        WarnOfSlowAccess(names, info);

        ulong first = Math.Max(cursor + 1, info.FirstSequence);
        var scan = new SequenceScan(first, info.LastSequence, SpanPerMessage(info));
        var page = new PageBuilder(events, limit);
        while (!page.IsComplete)
        {
            foreach (StoredMessage message in scan.TakeSettled())
            {
                if (!page.Add(message))
                    break;
            }
            if (page.IsComplete || scan.IsSettled)
                break;
            if (page.Unreadable >= MaxUnreadable)
            {
                page.MarkMore();
                break;
            }
            List<SequenceScan.Piece> pieces = scan.Plan((int)Math.Min((long)RequestsAtOnce(info), page.Wanted));
            StoredMessage?[] found = await fetcher.FetchAsync(names, info.AllowDirect, [.. pieces.Select(p => p.First)], cancellationToken).ConfigureAwait(false);
            scan.Settle(pieces, found);
        }
        if (page.Unreadable > 0)
            JetStreamLog.Unreadable(logger, page.Unreadable, names.Stream, page.LastUnreadable);
        return page.Build();
    }

    public async ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken)
    {
        StreamNames names = catalog.Names(shardId);
        StreamInfo? info = await catalog.FindAsync(names, cancellationToken).ConfigureAwait(false);
        if (info is null || info.Messages == 0)
            return null;
        // Without holes the last sequence is a message; else it may be one that was deleted.
        ulong? tail = info.Messages == info.LastSequence - info.FirstSequence + 1
            ? info.LastSequence
            : await FindNewestAsync(names, info, cancellationToken).ConfigureAwait(false);
        return tail is { } sequence ? EventPosition.FromNumber(sequence) : null;
    }

    // The server's own "last message of the subject" (2.9.10) finds nothing once that message was deleted, so the place before
    // which messages still follow is narrowed down: first from the end in doubling steps, all at once, then by halves.
    private async ValueTask<ulong?> FindNewestAsync(StreamNames names, StreamInfo info, CancellationToken cancellationToken)
    {
        var probes = new List<ulong>();
        for (ulong back = 0; back <= info.LastSequence - info.FirstSequence && back < ulong.MaxValue / 2; back = (back * 2) + 1)
            probes.Add(info.LastSequence - back);
        probes.Add(info.FirstSequence);
        StoredMessage?[] found = await fetcher.FetchAsync(names, info.AllowDirect, probes, cancellationToken).ConfigureAwait(false);
        int nearest = Array.FindIndex(found, message => message is not null);
        if (nearest < 0)
            return null;
        ulong newest = found[nearest]!.Sequence;
        ulong end = nearest == 0 ? info.LastSequence + 1 : probes[nearest - 1]; // nothing from here on
        while (newest + 1 < end)
        {
            ulong middle = newest + ((end - newest) / 2);
            StoredMessage? message = (await fetcher.FetchAsync(names, info.AllowDirect, [middle], cancellationToken).ConfigureAwait(false))[0];
            if (message is null)
                end = middle;
            else
                newest = Math.Max(newest + 1, message.Sequence);
        }
        return newest;
    }

    private static ulong SpanPerMessage(StreamInfo info) => Math.Max(1, (info.LastSequence - info.FirstSequence + 1) / info.Messages);

    private static ulong RequestsAtOnce(StreamInfo info) => Math.Clamp(MaxBytes / Math.Max(1, info.Bytes / info.Messages), 1, MaxRequests);

    private void WarnOfSlowAccess(StreamNames names, StreamInfo info)
    {
        if (!info.AllowDirect && _warned.TryAdd(names.ShardId, true))
            JetStreamLog.NoDirectAccess(logger, names.Stream);
    }
}
