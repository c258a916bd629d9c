using System.Globalization;
using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex;

public abstract partial class CortexAdapter
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    // Nearer than this an event is folded by whoever waits for it.
    private const ulong Near = 64;
    private const int TriesNearby = 64;

    private readonly WaitPermits _permits;
    private long _waits;
    private long _timeouts;
    private long _queueFull;
    private long _wrongOrigin;
    private long _waitNanoseconds;

    /// <summary>How the waits for tokens went.</summary>
    public RywMetrics RywMetrics => new(
        Interlocked.Read(ref _waits), Interlocked.Read(ref _timeouts), Interlocked.Read(ref _queueFull), Interlocked.Read(ref _wrongOrigin), Interlocked.Read(ref _waitNanoseconds));

    /// <summary>Waits until an event was processed, be it skipped. It is over at once when that is so, and costs nothing then.</summary>
    /// <exception cref="CortexException"><see cref="CortexErrorKind.FoldStopped"/>: the fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WaitForSeqAsync(ulong seq, CancellationToken cancellationToken = default) => ThrowingWait(Watermark.Folded, seq, cancellationToken);

    /// <summary>Waits until an event and all before it are in the state, or acknowledged as skipped.</summary>
    /// <exception cref="CortexException"><see cref="CortexErrorKind.FoldStopped"/>: the fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WaitForAppliedSeqAsync(ulong seq, CancellationToken cancellationToken = default) => ThrowingWait(Watermark.Applied, seq, cancellationToken);

    /// <summary>Waits until an event was processed; false when the fold stopped before, or time was up.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<bool> TryWaitForSeqAsync(ulong seq, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        await WaitAsync(Watermark.Folded, seq, timeout, cancellationToken).ConfigureAwait(false) == WaitOutcome.Reached;

    /// <summary>Waits until an event and all before it are in the state; false when the fold stopped before, or time was up.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public async ValueTask<bool> TryWaitForAppliedSeqAsync(ulong seq, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        await WaitAsync(Watermark.Applied, seq, timeout, cancellationToken).ConfigureAwait(false) == WaitOutcome.Reached;

    /// <summary>Waits until everything that is in the log now was processed.</summary>
    /// <exception cref="CortexException"><see cref="CortexErrorKind.FoldStopped"/>: the fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask CatchUpAsync(CancellationToken cancellationToken = default)
    {
        ulong next = File.NextSeq;
        return next == 0 ? default : WaitForSeqAsync(next - 1, cancellationToken);
    }

    /// <summary>Waits until a write is in the state: read your writes. Costs nothing when it is.</summary>
    /// <param name="token">What the write returned.</param>
    /// <param name="timeout">How long to wait; zero for a look.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="WaitForTokenException">It is not, and why.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WaitForTokenAsync(WriteToken token, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ValueTask<TokenWaitResult> wait = TryWaitForTokenAsync(token, timeout, cancellationToken);
        if (!wait.IsCompletedSuccessfully)
            return FinishAsync(wait, token);
        return wait.Result is { IsReached: false } result ? ValueTask.FromException(Missed(token, result)) : default;
    }

    /// <summary>The same, with the outcome as a value.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask<TokenWaitResult> TryWaitForTokenAsync(WriteToken token, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (IsForeign(token))
            return new(Result(TokenWaitStatus.WrongOrigin));
        if (!WaitPermits.OfProcess.TryTake())
            return new(TurnedAway());
        if (!_permits.TryTake())
        {
            WaitPermits.OfProcess.Return();
            return new(TurnedAway());
        }
        Interlocked.Increment(ref _waits);
        if (!Progress.HasReached(Watermark.Applied, token.Seq))
            return SlowAsync(token, timeout, cancellationToken);
        ReturnPermits();
        return new(Result(TokenWaitStatus.Reached));
    }

    /// <summary>Whether a write is in the state, without waiting and without a permit. <see cref="TokenWaitStatus.Timeout"/> says: not yet.</summary>
    public TokenWaitResult PollForToken(WriteToken token)
    {
        if (IsForeign(token))
            return Result(TokenWaitStatus.WrongOrigin);
        bool hasStopped = Progress.Stop is not null;
        return Result(Progress.HasReached(Watermark.Applied, token.Seq) ? TokenWaitStatus.Reached : hasStopped ? TokenWaitStatus.FoldStopped : TokenWaitStatus.Timeout);
    }

    /// <summary>The exception that says why the fold stopped before an event.</summary>
    internal CortexException StoppedBefore(ulong? wanted)
    {
        FoldStop? stop = Progress.Stop;
        return new(
            CortexErrorKind.FoldStopped,
            $"The fold over {File.Name} stopped{(wanted is { } seq ? string.Create(CultureInfo.InvariantCulture, $" before event {seq}") : "")}; it is folded through {WaitForTokenException.Text(FoldedThroughSeq)}. {stop?.Message}",
            stop?.Failure)
        {
            Wanted = wanted,
            FoldedThrough = FoldedThroughSeq,
        };
    }

    private bool IsForeign(WriteToken token)
    {
        if (Options.Origin is not { } own || own == token.Origin)
            return false;
        Interlocked.Increment(ref _wrongOrigin);
        return true;
    }

    private TokenWaitResult TurnedAway()
    {
        Interlocked.Increment(ref _queueFull);
        return Result(TokenWaitStatus.QueueFull);
    }

    private TokenWaitResult Result(TokenWaitStatus status) => new(status, AppliedThroughSeq);

    private void ReturnPermits()
    {
        _permits.Return();
        WaitPermits.OfProcess.Return();
    }

    private async ValueTask FinishAsync(ValueTask<TokenWaitResult> wait, WriteToken token)
    {
        TokenWaitResult result = await wait.ConfigureAwait(false);
        if (!result.IsReached)
            throw Missed(token, result);
    }

    private ValueTask<TokenWaitResult> SlowAsync(WriteToken token, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        ValueTask<WaitOutcome> wait = WaitAsync(Watermark.Applied, token.Seq, timeout, cancellationToken);
        return wait.IsCompletedSuccessfully ? new(Finished(wait.Result, start)) : AwaitedAsync(wait, start);
    }

    private async ValueTask<TokenWaitResult> AwaitedAsync(ValueTask<WaitOutcome> wait, long start)
    {
        try
        {
            return Finished(await wait.ConfigureAwait(false), start);
        }
        catch
        {
            Finished(WaitOutcome.Stopped, start);
            throw;
        }
    }

    private TokenWaitResult Finished(WaitOutcome outcome, long start)
    {
        ReturnPermits();
        Interlocked.Add(ref _waitNanoseconds, (long)_time.GetElapsedTime(start).TotalNanoseconds);
        if (outcome == WaitOutcome.TimedOut)
            Interlocked.Increment(ref _timeouts);
        return Result(outcome switch
        {
            WaitOutcome.Reached => TokenWaitStatus.Reached,
            WaitOutcome.TimedOut => TokenWaitStatus.Timeout,
            _ => TokenWaitStatus.FoldStopped,
        });
    }

    private WaitForTokenException Missed(WriteToken token, TokenWaitResult result)
    {
        string applied = WaitForTokenException.Text(result.AppliedThrough);
        string message = result.Status switch
        {
            TokenWaitStatus.WrongOrigin => $"The token {token} is of another origin than the adapter over {File.Name}, which is {Options.Origin}. Wait for it where it was written.",
            TokenWaitStatus.QueueFull => $"Too many wait for tokens of {File.Name} already; {nameof(CortexAdapterOptions.RywInflightCap)} is {Options.RywInflightCap}. Try again, or raise it.",
            TokenWaitStatus.FoldStopped => $"The fold over {File.Name} stopped before {token}; it is applied through {applied}. {Progress.Stop?.Message}",
            _ when Progress.Skipped.First is { } skipped && skipped <= token.Seq => $"{token} cannot be reached in {File.Name}: event {skipped} was skipped, and the state is applied through {applied} until that is acknowledged. Look at {nameof(SkippedEvents)} and call {nameof(AcknowledgeSkip)}.",
            _ => $"{token} was not in the state of {File.Name} in time; it is applied through {applied}. Wait longer, or look why the fold is slow.",
        };
        return new(result.Status, message, result.Status == TokenWaitStatus.FoldStopped ? Progress.Stop?.Failure : null)
        {
            AppliedThrough = result.AppliedThrough,
            TokenOrigin = result.Status == TokenWaitStatus.WrongOrigin ? token.Origin : null,
            AdapterOrigin = result.Status == TokenWaitStatus.WrongOrigin ? Options.Origin : null,
        };
    }

    private ValueTask ThrowingWait(Watermark watermark, ulong seq, CancellationToken cancellationToken)
    {
        ValueTask<WaitOutcome> wait = WaitAsync(watermark, seq, Timeout.InfiniteTimeSpan, cancellationToken);
        if (!wait.IsCompletedSuccessfully)
            return AwaitAsync(wait, seq);
        return wait.Result == WaitOutcome.Reached ? default : ValueTask.FromException(StoppedBefore(seq));
    }

    private async ValueTask AwaitAsync(ValueTask<WaitOutcome> wait, ulong seq)
    {
        if (await wait.ConfigureAwait(false) != WaitOutcome.Reached)
            throw StoppedBefore(seq);
    }

    private ValueTask<WaitOutcome> WaitAsync(Watermark watermark, ulong seq, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Progress.HasReached(watermark, seq))
            return new(WaitOutcome.Reached);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WaitOutcome>(cancellationToken);
        FoldNearby(seq);
        bool hasStopped = Progress.Stop is not null;
        if (Progress.HasReached(watermark, seq))
            return new(WaitOutcome.Reached);
        if (hasStopped)
            return new(WaitOutcome.Stopped);
        // A deadline that has passed is none to wait for, and one past what timers take is none at all.
        if (timeout <= TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            return new(WaitOutcome.TimedOut);
        return WaitOnPoolAsync(new(watermark, seq), timeout > LongestTimer ? Timeout.InfiniteTimeSpan : timeout, cancellationToken);
    }

    private void FoldNearby(ulong seq)
    {
        if (!Options.FoldsOnWaitingThreads || Gate.IsHeldByThisThread || seq >= File.NextSeq)
            return;
        for (int i = 0; i < TriesNearby && Progress.Stop is null; i++)
        {
            ulong end = Progress.FoldedEnd;
            if (end > seq || seq - end > Near)
                return;
            if (!_pump.TryRun(seq))
                Thread.SpinWait(20);
        }
    }

    private async ValueTask<WaitOutcome> WaitOnPoolAsync(FoldWaiter waiter, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Progress.Add(waiter);
        ITimer? timer = timeout == Timeout.InfiniteTimeSpan
            ? null
            : _time.CreateTimer(static waiter => ((FoldWaiter)waiter!).TrySetResult(WaitOutcome.TimedOut), waiter, timeout, Timeout.InfiniteTimeSpan);
        try
        {
            using (cancellationToken.UnsafeRegister(static (waiter, token) => ((FoldWaiter)waiter!).TrySetCanceled(token), waiter))
                return await waiter.Task.ConfigureAwait(false);
        }
        finally
        {
            if (timer is not null)
                await timer.DisposeAsync().ConfigureAwait(false);
            Progress.Remove(waiter);
        }
    }
}
