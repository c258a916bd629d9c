using System.Buffers;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>
/// Writes a batch as one transaction: MULTI, one XADD per event in order, EXEC, sent in one go (spec 05 §9.4). Thread-safe for
/// different shards.
/// </summary>
internal sealed class RedisBatchWriter(RedisConnection connection, RedisKeys keys, RedisAdapterOptions options, ILogger logger)
{
    private readonly RetryScan _scan = new(connection, keys, options.RetryLookBack, logger);

    public async Task WriteAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        string doing = $"writing {batch.Count} events to shard {batch.ShardId}";
        try
        {
            int stored = batch.MayBeStored ? await _scan.CountStoredAsync(batch, cancellationToken).ConfigureAwait(false) : 0;
            if (stored > 0)
                RedisLog.RetryFoundEvents(logger, batch.ShardId, batch.SequenceStart, stored, batch.Count);
            if (stored < batch.Count)
                await SendAsync(batch, stored, doing, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw RedisErrors.Wrap(doing, e);
        }
    }

    private async Task SendAsync(EventBatch batch, int first, string doing, CancellationToken cancellationToken)
    {
        RedisKey key = keys.Of(batch.ShardId);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SizeOf(batch, first));
        ITransaction transaction = connection.Database.CreateTransaction();
        Task<RedisValue> last = AddEvents(transaction, key, batch, first, buffer);
        Task<bool> executing = transaction.ExecuteAsync();
        bool isAnswered = false;
        try
        {
            await connection.WithinTimeoutAsync(executing, cancellationToken).ConfigureAwait(false);
            await connection.WithinTimeoutAsync(last, cancellationToken).ConfigureAwait(false);
            isAnswered = true;
        }
        catch (RedisServerException e)
        {
            isAnswered = true;
            RedisConnection.Forget(last);
            throw await ResolveAsync(key, doing, e, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            RedisConnection.Forget(last);
            throw;
        }
        finally
        {
            // Only the server's answer proves that the client has sent everything. Otherwise the buffer may still be read and
            // must never carry another batch.
            if (isAnswered)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Queues the events and returns the outcome of the last.</summary>
    /// <remarks>
    /// The last outcome speaks for all: EXEC runs alone and every XADD goes to the same key, so one that fails (wrong type, no
    /// permission, ids used up) makes all that follow fail too. Asking for one answer instead of thousands saves a task per event.
    /// </remarks>
    private Task<RedisValue> AddEvents(ITransaction transaction, RedisKey key, EventBatch batch, int first, byte[] buffer)
    {
        var fields = new NameValueEntry[2]; // the client copies it for each command
        ReadOnlySpan<BatchEvent> events = batch.Events.Span;
        int used = 0;
        Task<RedisValue> last = Task.FromResult(RedisValue.Null);
        for (int i = first; i < events.Length; i++)
        {
            int length = StoredRecord.Write(events[i], buffer.AsSpan(used));
            fields[0] = new(RedisEntries.RecordField, buffer.AsMemory(used, length));
            used += length;
            length = batch.GetDedupId(i).Format(buffer.AsSpan(used));
            fields[1] = new(RedisEntries.DedupField, buffer.AsMemory(used, length));
            used += length;
            last = transaction.StreamAddAsync(
                key, fields, messageId: null, options.MaxStreamLength, useApproximateMaxLength: options.MaxStreamLength is not null,
                limit: null, flags: i == events.Length - 1 ? CommandFlags.None : CommandFlags.FireAndForget);
        }
        return last;
    }

    /// <summary>
    /// What a server error means. EXECABORT only says that a command was refused while it was queued, and the client drops that
    /// refusal (T19); nothing of the batch is stored then. So ask again with an XADD that can never store anything, because no
    /// entry may have the id 0-0: it meets the same refusal, and that one is reported.
    /// </summary>
    private async Task<AdapterException> ResolveAsync(RedisKey key, string doing, RedisServerException error, CancellationToken cancellationToken)
    {
        if (!RedisErrors.Code(error.Message).SequenceEqual("EXECABORT"))
            return RedisErrors.FromServer(doing, error.Message, error);
        try
        {
            await connection.WithinTimeoutAsync(
                connection.Database.ExecuteAsync("XADD", [key, "0-0", RedisEntries.RecordField, ""], CommandFlags.None), cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException refusal) when (!refusal.Message.Contains("0-0", StringComparison.Ordinal))
        {
            return RedisErrors.FromServer(doing, refusal.Message, error);
        }
        catch (RedisServerException)
        {
            // Only the id is refused: what stood against the batch is over.
        }
        return new(AdapterErrorKind.Transient, $"Redis refused {doing} for a moment, and no longer does; it is tried again", error);
    }

    private static int SizeOf(EventBatch batch, int first)
    {
        long size = 0;
        foreach (ref readonly BatchEvent e in batch.Events.Span[first..])
            size += e.Payload.Length + StoredRecord.MaxOverhead + DedupId.MaxLength;
        if (size > Array.MaxLength)
        {
            throw new AdapterException(
                AdapterErrorKind.Serialization, $"the batch holds {size} bytes, a transaction at most {Array.MaxLength}; lower BatchOptions.MaxSize.");
        }
        return (int)size;
    }
}
