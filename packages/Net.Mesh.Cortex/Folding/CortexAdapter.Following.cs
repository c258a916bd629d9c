using System.Runtime.CompilerServices;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public abstract partial class CortexAdapter
{
    /// <summary>
    /// The sequence of every event that is processed from this call on. Whoever is more than 64 behind misses those between, without being told: the state
    /// is newer by then anyhow.
    /// </summary>
    /// <exception cref="CortexException">While it is read: the fold stopped. After a close it just ends.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<ulong> ChangesAsync(CancellationToken cancellationToken = default) => SeqsAsync(Progress.Changes.Published, cancellationToken);

    /// <summary>The same, and told how many were missed.</summary>
    /// <exception cref="CortexException">While it is read: the fold stopped. After a close it just ends.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<CortexChange> ChangesWithLagAsync(CancellationToken cancellationToken = default) => FollowAsync(Progress.Changes.Published, cancellationToken);

    private protected ValueTask<bool> WaitForChangeAsync(TailWaiter waiter, ulong place, CancellationToken cancellationToken)
    {
        ValueTask<bool> change = waiter.Begin();
        Progress.Changes.Add(waiter);
        if (Progress.Changes.Published != place || Progress.Stop is not null || cancellationToken.IsCancellationRequested)
            waiter.Wake();
        return change;
    }

    /// <summary>Whether a stream is over, after everything was read from it.</summary>
    private protected bool IsOver(FoldStop? stop) => stop switch
    {
        null => false,
        { Reason: FoldStopReason.Closed } => true,
        _ => throw StoppedBefore(null),
    };

    private async IAsyncEnumerable<ulong> SeqsAsync(ulong place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (CortexChange change in FollowAsync(place, cancellationToken).ConfigureAwait(false))
        {
            if (change.Seq is { } seq)
                yield return seq;
        }
    }

    private async IAsyncEnumerable<CortexChange> FollowAsync(ulong place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiter = new TailWaiter();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static waiter => ((TailWaiter)waiter!).Wake(), waiter);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Looked at before the changes: what was published before the stop is read before it is told.
                FoldStop? stop = Progress.Stop;
                if (Progress.Changes.TryRead(ref place, out ulong seq, out ulong lost))
                    yield return lost > 0 ? CortexChange.Missed(lost) : CortexChange.At(seq);
                else if (IsOver(stop))
                    yield break;
                else
                    await WaitForChangeAsync(waiter, place, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Progress.Changes.Remove(waiter);
        }
    }
}
