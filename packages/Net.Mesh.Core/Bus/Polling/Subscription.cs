using System.Runtime.CompilerServices;

namespace Net.Mesh.Bus;

/// <summary>Reads on and on: page after page, waiting with a growing interval where nothing is new (spec 05 §16).</summary>
internal sealed class Subscription(MergePoller poller, StoredSignal stored, TimeProvider timeProvider, CancellationToken stopping)
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>Enumerates events until the bus stops or the consumer does.</summary>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        SubscribeOptions options, CompositeCursor? start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        var request = new PollRequest { Limit = options.PageSize, Filter = options.Filter, Ordering = options.Ordering, Shards = options.Shards };
        CompositeCursor? cursor = start;
        TimeSpan interval = Shortest(options.PollInterval);
        while (true)
        {
            int version = stored.Version; // taken before the poll: what is stored meanwhile ends the wait
            using PollResponse? page = await NextPageAsync(request, cursor, linked.Token, cancellationToken).ConfigureAwait(false);
            if (page is null)
                yield break;
            for (int i = 0; i < page.EventSpan.Length; i++)
                yield return page.EventSpan[i];

            bool moved = !ReferenceEquals(page.Position, cursor);
            cursor = page.Position;
            if (moved)
            {
                interval = Shortest(options.PollInterval);
                options.CursorAdvanced?.Invoke(page.Cursor!);
                continue;
            }
            interval = Double(interval, options.MaxPollInterval);
            await stored.WaitAsync(version, interval, timeProvider, linked.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // Null when the bus stops; the consumer's own cancellation throws.
    private async ValueTask<PollResponse?> NextPageAsync(PollRequest request, CompositeCursor? cursor, CancellationToken linked, CancellationToken own)
    {
        if (stopping.IsCancellationRequested)
            return null;
        try
        {
            return await poller.PollAsync(request, cursor, linked).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !own.IsCancellationRequested)
        {
            return null;
        }
    }

    private static TimeSpan Shortest(TimeSpan interval) => interval < ShortestInterval ? ShortestInterval : interval;

    private static TimeSpan Double(TimeSpan interval, TimeSpan max) => interval >= Shortest(max) / 2 ? Shortest(max) : interval * 2;
}
