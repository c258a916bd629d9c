using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>
/// Hands one shard's batches to the adapter: numbers them, keeps the journal, tries again after retryable failures, and gives
/// up when trying again cannot help or has been tried often enough (spec 05 §4.3, §4.4). For the shard's worker only.
/// </summary>
internal sealed class BatchDispatcher : IDisposable
{
    private readonly ushort _shardId;
    private readonly DispatchContext _context;
    private readonly ShardJournal? _journal;
    private readonly RetryBackoff _backoff;
    private CancellationTokenSource _attempt = new();
    private ulong _nextSequence;

    public BatchDispatcher(ushort shardId, DispatchContext context, ShardJournal? journal)
    {
        _shardId = shardId;
        _context = context;
        _journal = journal;
        _nextSequence = journal?.NextSequence ?? 0;
        _backoff = new((int)context.ProducerNonce ^ shardId << 16);
    }

    /// <summary>The sequence number that the next batch starts with.</summary>
    public ulong NextSequence => _nextSequence;

    public DispatchCounters Counters { get; } = new();

    public void Dispose() => _attempt.Dispose();

    /// <summary>Sends the batch that was in flight when an earlier process ended, if there is one.</summary>
    /// <exception cref="AdapterException">It cannot be sent; the journal keeps it.</exception>
    public async Task ReplayAsync(CancellationToken cancellationToken)
    {
        if (_journal?.InFlight is not { } inFlight)
            return;
        Outcome outcome = await TryAllAsync(inFlight.SequenceStart, inFlight.Events, isReplay: true, cancellationToken).ConfigureAwait(false);
        if (outcome.Failure is { } failure)
            throw new AdapterException(AdapterErrorKind.Fatal,
                $"{inFlight.Events.Length} events of shard {_shardId} that an earlier run left in doubt cannot be written; they stay in the producer journal. Cause: {failure.Message}", failure);
        _journal.End(_nextSequence, wasStored: true);
        _context.Log.BatchReplayed(_shardId, inFlight.Events.Length, inFlight.SequenceStart);
    }

    /// <summary>Sends a batch. Its outcome is in the counters; this never throws.</summary>
    /// <param name="events">The events; not empty.</param>
    /// <param name="abort">Gives up on further attempts.</param>
    /// <returns>Whether the events' memory is free again; false when an attempt that ran out of time may still be reading it.</returns>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<BatchEvent> events, CancellationToken abort)
    {
        ulong sequenceStart = _nextSequence;
        // Also a failed batch uses up its numbers: reusing them would collide with what the backend may have stored (T22).
        _nextSequence = ulong.MaxValue - sequenceStart < (ulong)events.Length ? ulong.MaxValue : sequenceStart + (ulong)events.Length;
        Outcome outcome;
        try
        {
            _journal?.Begin(sequenceStart, events.Span);
            outcome = await TryAllAsync(sequenceStart, events, isReplay: false, abort).ConfigureAwait(false);
            if (outcome.Failure is null || !abort.IsCancellationRequested)
                _journal?.End(_nextSequence, outcome.Failure is null); // after an abort the next start sends it again
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _journal?.NoteFailure();
            outcome = new(new AdapterException(AdapterErrorKind.Fatal, $"the producer journal cannot be written: {e.Message}", e), "journal", MayReuse: true);
        }
        if (outcome.Failure is { } failure)
            GiveUp(events.Length, sequenceStart, failure, outcome.Reason!);
        else
            Counters.AddDispatched(events.Length);
        return outcome.MayReuse;
    }

    private void GiveUp(int count, ulong sequenceStart, Exception failure, string reason)
    {
        Counters.AddFailed(count, failure);
        _context.Metrics.Failed(count, reason);
        _context.Log.BatchGivenUp(failure, reason, _shardId, count, sequenceStart);
    }

    private async ValueTask<Outcome> TryAllAsync(ulong sequenceStart, ReadOnlyMemory<BatchEvent> events, bool isReplay, CancellationToken abort)
    {
        bool mayReuse = true;
        for (int attempt = 0; ; attempt++)
        {
            var batch = new EventBatch(_shardId, sequenceStart, _context.ProducerNonce, events, attempt, isReplay);
            (Exception? failure, string reason, bool stillRunning) = await TryOnceAsync(batch, abort).ConfigureAwait(false);
            mayReuse &= !stillRunning;
            if (failure is null)
            {
                _context.NotifyStored();
                return new(null, null, mayReuse);
            }
            bool isRetryable = reason == "timeout" || failure is AdapterException { IsRetryable: true };
            if (!isRetryable)
                return new(failure, reason, mayReuse);
            if (attempt >= _context.Retries || abort.IsCancellationRequested)
                return new(failure, reason == "timeout" ? reason : "retry_exhausted", mayReuse);

            Counters.AddRetry();
            TimeSpan delay = _backoff.Delay(attempt);
            _context.Log.BatchRetry(failure, _shardId, events.Length, attempt + 1, delay);
            await Task.Delay(delay, _context.TimeProvider, abort).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (abort.IsCancellationRequested)
                return new(failure, "shutdown_deadline", mayReuse);
        }
    }

    private async ValueTask<(Exception? Failure, string Reason, bool StillRunning)> TryOnceAsync(EventBatch batch, CancellationToken abort)
    {
        using Activity? activity = BusDiagnostics.Source.StartActivity("eventbus.dispatch", ActivityKind.Producer);
        activity?.SetTag("netmesh.shard", _shardId).SetTag("netmesh.adapter", _context.Adapter.Name).SetTag("netmesh.batch.size", batch.Count);
        long start = _context.TimeProvider.GetTimestamp();
        Task? running = null;
        try
        {
            ValueTask write = _context.Adapter.WriteBatchAsync(batch, _attempt.Token);
            if (write.IsCompleted)
            {
                await write.ConfigureAwait(false);
            }
            else
            {
                running = write.AsTask();
                try
                {
                    await running.WaitAsync(_context.Timeout, _context.TimeProvider, abort).ConfigureAwait(false);
                }
                catch (Exception e) when (e is TimeoutException or OperationCanceledException && running.IsCompleted)
                {
                    await running.ConfigureAwait(false); // it ended at the last moment: what it says counts
                }
            }
            TimeSpan took = _context.TimeProvider.GetElapsedTime(start);
            Counters.AddLatency(took);
            _context.Metrics.Dispatched(batch.Count, took);
            return (null, "", false);
        }
        catch (TimeoutException) when (running is { IsCompleted: false })
        {
            await StopAttemptAsync(running).ConfigureAwait(false);
            var failure = new AdapterException(AdapterErrorKind.Transient,
                $"the {_context.Adapter.Name} adapter did not finish a batch of {batch.Count} events within {_context.Timeout}; raise AdapterTimeout if it needs longer");
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            return (failure, "timeout", !running.IsCompleted);
        }
        catch (OperationCanceledException e) when (abort.IsCancellationRequested)
        {
            if (running is { IsCompleted: false })
                await StopAttemptAsync(running).ConfigureAwait(false);
            return (e, "shutdown_deadline", running is { IsCompleted: false });
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            return (e, e is AdapterException { ErrorKind: AdapterErrorKind.Shutdown } ? "adapter_shutdown" : "non_retryable", false);
        }
    }

    // Cancels the attempt and gives it a moment to notice, so that its memory can usually be used again.
    private async ValueTask StopAttemptAsync(Task running)
    {
        await _attempt.CancelAsync().ConfigureAwait(false);
        _attempt.Dispose();
        _attempt = new();
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(50), _context.TimeProvider)).ConfigureAwait(false);
        // Whatever it still throws belongs to an attempt that was given up.
        _ = running.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private readonly record struct Outcome(Exception? Failure, string? Reason, bool MayReuse);
}
