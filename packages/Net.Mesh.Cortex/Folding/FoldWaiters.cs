namespace Net.Mesh.Cortex.Folding;

/// <summary>Those who wait for a watermark. Looking whether one is there yet costs two comparisons.</summary>
internal sealed class FoldWaiters
{
    private readonly Lock _gate = new();
    private readonly List<FoldWaiter> _waiting = [];
    private ulong _lowestFolded = ulong.MaxValue;
    private ulong _lowestApplied = ulong.MaxValue;

    /// <summary>The caller looks once more for what it waits for behind this.</summary>
    public void Add(FoldWaiter waiter)
    {
        lock (_gate)
        {
            _waiting.Add(waiter);
            FindLowest();
        }
        Interlocked.MemoryBarrier();
    }

    public void Remove(FoldWaiter waiter)
    {
        lock (_gate)
        {
            _waiting.Remove(waiter);
            FindLowest();
        }
    }

    /// <summary>Completes the waits for what lies below the two ends.</summary>
    public void Reach(ulong foldedEnd, ulong appliedEnd)
    {
        if (foldedEnd <= Volatile.Read(ref _lowestFolded) && appliedEnd <= Volatile.Read(ref _lowestApplied))
            return;
        lock (_gate)
        {
            foreach (FoldWaiter waiter in _waiting)
            {
                if ((waiter.Watermark == Watermark.Folded ? foldedEnd : appliedEnd) > waiter.Seq)
                    waiter.TrySetResult(WaitOutcome.Reached);
            }
            FindLowest();
        }
    }

    /// <summary>Nothing comes any more: completes all waits.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            foreach (FoldWaiter waiter in _waiting)
                waiter.TrySetResult(WaitOutcome.Stopped);
        }
    }

    private void FindLowest()
    {
        ulong folded = ulong.MaxValue;
        ulong applied = ulong.MaxValue;
        foreach (FoldWaiter waiter in _waiting)
        {
            if (waiter.Task.IsCompleted)
                continue;
            if (waiter.Watermark == Watermark.Folded)
                folded = Math.Min(folded, waiter.Seq);
            else
                applied = Math.Min(applied, waiter.Seq);
        }
        Volatile.Write(ref _lowestFolded, folded);
        Volatile.Write(ref _lowestApplied, applied);
    }
}
