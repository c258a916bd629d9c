namespace Net.Mesh.Cortex.Folding;

/// <summary>
/// How far a fold is: the two watermarks (spec 06 §4.3), what was skipped, and who is to be told. The fold changes it under the state's
/// write lock, so whoever reads the state reads watermarks that belong to it.
/// </summary>
internal sealed class FoldProgress(ulong start, int deadLetters)
{
    private readonly FoldWaiters _waiters = new();
    // Each is the sequence behind the watermark: 0 says that nothing was folded yet.
    private ulong _foldedEnd = start;
    private ulong _appliedEnd = start;
    private long _errors;
    private bool _isFrozen;
    private FoldStop? _stop;

    public ulong FoldedEnd => Volatile.Read(ref _foldedEnd);

    public ulong AppliedEnd => Volatile.Read(ref _appliedEnd);

    public ulong? FoldedThrough => Through(FoldedEnd);

    public ulong? AppliedThrough => Through(AppliedEnd);

    public long Errors => Interlocked.Read(ref _errors);

    public FoldStop? Stop => Volatile.Read(ref _stop);

    public DeadLetters Skipped { get; } = new(deadLetters);

    public ChangeRing Changes { get; } = new();

    public bool HasReached(Watermark watermark, ulong seq) => (watermark == Watermark.Folded ? FoldedEnd : AppliedEnd) > seq;

    public void OnApplied(ulong seq)
    {
        if (!_isFrozen)
            Volatile.Write(ref _appliedEnd, seq + 1);
        Advance(seq);
    }

    /// <summary>Goes past events. The second watermark stays before them until they are acknowledged.</summary>
    public void OnSkipped(SkippedEvent skipped)
    {
        Interlocked.Increment(ref _errors);
        _isFrozen = true;
        Skipped.Add(skipped);
        Advance(skipped.ThroughSeq);
    }

    public bool Acknowledge(ulong seq)
    {
        if (!Skipped.Remove(seq))
            return false;
        Thaw();
        return true;
    }

    public void AcknowledgeAll()
    {
        Skipped.Clear();
        Thaw();
    }

    /// <summary>Ends the fold; what ended it first is what is told.</summary>
    public void Halt(FoldStop stop, bool isError)
    {
        if (isError)
            Interlocked.Increment(ref _errors);
        if (Interlocked.CompareExchange(ref _stop, stop, null) is not null)
            return;
        _waiters.Stop();
        Changes.WakeAll();
    }

    /// <summary>A wait that is over when the watermark is there, the fold stops, or the waiter is completed from outside.</summary>
    public void Add(FoldWaiter waiter)
    {
        _waiters.Add(waiter);
        if (HasReached(waiter.Watermark, waiter.Seq))
            waiter.TrySetResult(WaitOutcome.Reached);
        else if (Stop is not null)
            waiter.TrySetResult(WaitOutcome.Stopped);
    }

    public void Remove(FoldWaiter waiter) => _waiters.Remove(waiter);

    private static ulong? Through(ulong end) => end == 0 ? null : end - 1;

    private void Thaw()
    {
        ulong? first = Skipped.First;
        _isFrozen = first is not null;
        Interlocked.Exchange(ref _appliedEnd, first ?? _foldedEnd);
        _waiters.Reach(FoldedEnd, AppliedEnd);
    }

    private void Advance(ulong seq)
    {
        Changes.Publish(seq);
        // A full fence: whoever begins to wait either sees this, or is seen below.
        Interlocked.Exchange(ref _foldedEnd, seq + 1);
        _waiters.Reach(seq + 1, _appliedEnd);
        Changes.WakeAll();
    }
}
