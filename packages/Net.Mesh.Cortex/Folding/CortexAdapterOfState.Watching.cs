using System.Runtime.CompilerServices;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class CortexAdapter<TState>
{
    /// <summary>
    /// What is read from the state now, and again whenever it has become another. A slow follower sees only the newest; as long as nothing is asked of it, nothing
    /// is read, however many events are folded.
    /// </summary>
    /// <param name="read">Reads what is followed; it returns something that does not change any more.</param>
    /// <param name="comparer">Tells whether it has become another; the usual equality by default.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CortexException">While it is read: the fold stopped. After a close it just ends.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<TResult> Watch<TResult>(Func<TState, TResult> read, IEqualityComparer<TResult>? comparer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        return FollowAsync(read, comparer ?? EqualityComparer<TResult>.Default, Place.None, default!, cancellationToken);
    }

    /// <summary>
    /// What is read from the state now; and what it becomes from then on, without a gap between the two: a change that races with the call comes first, and what
    /// is equal to the snapshot does not come first.
    /// </summary>
    /// <param name="read">Reads what is followed; it returns something that does not change any more.</param>
    /// <param name="comparer">Tells whether it has become another; the usual equality by default.</param>
    /// <param name="cancellationToken">Ends the changes.</param>
    public (TResult Snapshot, IAsyncEnumerable<TResult> Changes) SnapshotAndWatch<TResult>(
        Func<TState, TResult> read, IEqualityComparer<TResult>? comparer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        // The place first: what is folded between the two is read again.
        var place = new Place(Progress.Changes.Published);
        TResult snapshot = ReadState(read);
        return (snapshot, FollowAsync(read, comparer ?? EqualityComparer<TResult>.Default, place, snapshot, cancellationToken));
    }

    private async IAsyncEnumerable<TResult> FollowAsync<TResult>(
        Func<TState, TResult> read, IEqualityComparer<TResult> comparer, Place place, TResult last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waiter = new TailWaiter();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static waiter => ((TailWaiter)waiter!).Wake(), waiter);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Looked at before the state: what was folded before the stop is handed out before it is told.
                FoldStop? stop = Progress.Stop;
                ulong published = Progress.Changes.Published;
                if (!place.IsAt(published))
                {
                    TResult now = ReadState(read);
                    bool isOther = place.IsNone || !comparer.Equals(last, now);
                    place = new Place(published);
                    if (isOther)
                    {
                        last = now;
                        yield return now;
                        continue;
                    }
                }
                if (IsOver(stop))
                    yield break;
                await WaitForChangeAsync(waiter, published, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Progress.Changes.Remove(waiter);
        }
    }

    /// <summary>Up to which change the state was read.</summary>
    private readonly record struct Place
    {
        private readonly ulong _published;

        public Place(ulong published)
        {
            _published = published;
            IsSet = true;
        }

        public static Place None => default;

        public bool IsNone => !IsSet;

        private bool IsSet { get; }

        public bool IsAt(ulong published) => IsSet && _published == published;
    }
}
