using System.Text;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream;

/// <summary>
/// Publishes batches: one message per event, in order, with a bounded number of unacknowledged messages on the way
/// (spec 05 §11.3, T3). Thread-safe; the bus publishes one batch per shard at a time.
/// </summary>
internal sealed class BatchPublisher(
    JetStreamConnection connection, StreamCatalog catalog, MessageFetcher fetcher, JetStreamAdapterOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Unacknowledged messages of one batch. Servers refuse more than some thousands; this already hides the round trip.</summary>
    private const int Window = 1_024;

    private const string DedupHeader = "Nats-Msg-Id";

    private static readonly int HeaderBytes = "NATS/1.0\r\n".Length + $"{DedupHeader}: ".Length + DedupId.MaxLength + "\r\n\r\n".Length;

    private long _collisions;

    /// <summary>Events that were refused because another event already had their id.</summary>
    public long Collisions => Volatile.Read(ref _collisions);

    /// <summary>The largest payload that fits a message of the server (spec 05 §19 I4).</summary>
    public int MaxPayloadBytes => Math.Max(0, connection.MaxPayload - HeaderBytes - StoredRecord.MaxOverhead);

    public async ValueTask WriteAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        StreamNames names = catalog.Names(batch.ShardId);
        CheckSizes(batch);
        await catalog.EnsureAsync(names, cancellationToken).ConfigureAwait(false);

        int generation = connection.Generation;
        var acks = new AckTracker(names.Subject, batch.Count);
        ReplyTicket ticket = connection.OpenTicket(acks);
        try
        {
            await PublishAsync(batch, names.Subject, acks, ticket, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not AdapterException)
        {
            throw JetStreamErrors.FromClient(e, $"publishing {batch.Count} events to {names.Subject}", options.RequestTimeout, cancellationToken);
        }
        finally
        {
            connection.CloseTicket(ticket);
        }

        if (acks.IsStreamMissing)
            catalog.Forget(names);
        if (acks.Duplicates > 0)
            await CheckDuplicatesAsync(batch, names, acks, mayBeOwn: batch.MayBeStored || generation != connection.Generation, cancellationToken).ConfigureAwait(false);
        if (acks.Error is { } error)
            throw error;
    }

    // Before anything is sent: a batch is stored whole or not at all.
    private void CheckSizes(EventBatch batch)
    {
        int max = MaxPayloadBytes;
        ReadOnlySpan<BatchEvent> events = batch.Events.Span;
        for (int i = 0; i < events.Length; i++)
        {
            if (events[i].Payload.Length > max)
            {
                throw new AdapterException(AdapterErrorKind.Fatal,
                    $"event {i} of a batch of shard {batch.ShardId} has {events[i].Payload.Length} bytes; the server takes at most {max}: send less or raise its max_payload");
            }
        }
    }

    private async ValueTask PublishAsync(EventBatch batch, string subject, AckTracker acks, ReplyTicket ticket, CancellationToken cancellationToken)
    {
        // The client writes the headers before it returns, so one instance serves the whole batch.
        var headers = new NatsHeaders(1);
        int sent = 0;
        while (sent < batch.Count && acks.Error is null)
        {
            using (var deadline = new Deadline(time, options.RequestTimeout, cancellationToken))
            {
                for (int end = Math.Min(batch.Count, acks.Acked + Window); sent < end && acks.Error is null; sent++)
                {
                    headers[DedupHeader] = batch.GetDedupId(sent).ToString();
                    await connection.PublishAsync(
                        subject, batch.Events.Span[sent], headers, ticket.Subject(sent), RecordSerializer.Instance, deadline.Token).ConfigureAwait(false);
                }
            }
            // Half a window keeps the server busy while the next half is written. The rest is awaited at the end.
            await WaitAsync(acks, sent < batch.Count ? sent - (Window / 2) : sent, subject, cancellationToken).ConfigureAwait(false);
        }
        // Also after an error: what is on the way must have its answer before the bus sends the batch again, or the order suffers.
        await WaitAsync(acks, sent, subject, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WaitAsync(AckTracker acks, int target, string subject, CancellationToken cancellationToken)
    {
        while (acks.Acked < target && acks.Error is not { IsRetryable: false })
        {
            int before = acks.Acked;
            try
            {
                await acks.WaitAsync(target).WaitAsync(options.RequestTimeout, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (acks.Acked == before)
            {
                throw acks.Error ?? JetStreamErrors.TimedOut($"publishing to {subject}", options.RequestTimeout);
            }
            catch (TimeoutException)
            {
                // slow, but it moves
            }
        }
    }

    /// <summary>
    /// "Duplicate" means that the id is taken, not that the event is stored (T1). On a first attempt nobody but another
    /// producer with the same ids can have taken it; after a retry or a reconnect it is usually our own message, which a look
    /// at the stored one tells.
    /// </summary>
    private async ValueTask CheckDuplicatesAsync(EventBatch batch, StreamNames names, AckTracker acks, bool mayBeOwn, CancellationToken cancellationToken)
    {
        if (mayBeOwn && await IsOwnMessageAsync(batch, names, acks, cancellationToken).ConfigureAwait(false))
            return;
        string id = batch.GetDedupId(acks.FirstDuplicate).ToString();
        Interlocked.Add(ref _collisions, acks.Duplicates);
        JetStreamLog.IdCollision(logger, acks.Duplicates, names.Stream, id);
        throw new AdapterException(AdapterErrorKind.Fatal,
            $"{acks.Duplicates} of {batch.Count} events were not stored: {names.Stream} already holds another message with the id {id}. "
            + "Two producers use the same nonce, or a producer restarted its sequence; give each its own nonce file");
    }

    private async ValueTask<bool> IsOwnMessageAsync(EventBatch batch, StreamNames names, AckTracker acks, CancellationToken cancellationToken)
    {
        StoredMessage? stored;
        try
        {
            stored = await fetcher.GetAsync(names, acks.FirstDuplicateSequence, cancellationToken).ConfigureAwait(false);
        }
        catch (AdapterException e) when (e.ErrorKind == AdapterErrorKind.Fatal)
        {
            // A producer that may not read keeps the plain meaning of the acknowledgement.
            JetStreamLog.DuplicateNotVerified(logger, names.Stream, e.Message);
            return true;
        }
        if (stored is null)
            return true; // it was stored, and has been trimmed since
        BatchEvent mine = batch.Events.Span[acks.FirstDuplicate];
        byte[] record = new byte[mine.Payload.Length + StoredRecord.MaxOverhead];
        int length = StoredRecord.Write(mine, record);
        return stored.Payload.AsSpan().SequenceEqual(record.AsSpan(0, length));
    }
}
