using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    /// <summary>
    /// The events from <paramref name="start"/> up to but not <paramref name="end"/>, as the log is now. Those that were dropped are
    /// left out, and those whose payload is no longer what its checksum says.
    /// </summary>
    public IEnumerable<RedexEvent> ReadRange(ulong start, ulong end) => end <= start ? [] : TakeView().Range(start, end, OnCorrupt);

    /// <summary>One event; false when it is not there or its payload is no longer what its checksum says.</summary>
    public bool TryReadOne(ulong seq, out RedexEvent read)
    {
        read = default;
        if (!TakeView().TryLocate(seq, out Block block, out int index) || block.FirstSeq + (uint)index != seq)
            return false;
        if (block.TryRead(index, out read))
            return true;
        OnCorrupt(seq);
        read = default;
        return false;
    }

    /// <summary>
    /// The events from a sequence on: those that are there, then those that come, without a gap or a repetition. The reader is bounded:
    /// see <see cref="TailMode.Bounded"/>. A sequence that has not been given out yet is waited for.
    /// </summary>
    /// <exception cref="RedexException">While it is read: <see cref="RedexErrorKind.Lagged"/> when the reader fell behind, or when what it asks for has been dropped; <see cref="RedexErrorKind.Closed"/> when the log is closed and everything was read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<RedexEvent> TailAsync(ulong from = 0, CancellationToken cancellationToken = default) =>
        TailAsync(from, TailMode.Bounded, cancellationToken);

    /// <summary>The same; <paramref name="mode"/> says what becomes of a reader that does not keep up.</summary>
    /// <exception cref="RedexException">While it is read: <see cref="RedexErrorKind.Lagged"/> or <see cref="RedexErrorKind.Closed"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<RedexEvent> TailAsync(ulong from, TailMode mode, CancellationToken cancellationToken = default) =>
        new Tail(this, from, mode, cancellationToken);

    internal TailWait TryWait(TailWaiter waiter, ulong cursor, int rewinds)
    {
        lock (_gate)
        {
            if (Log.Next > cursor || rewinds != _rewinds)
                return TailWait.Ready;
            if (_isClosed)
                return TailWait.Closed;
            _tails.Add(waiter);
            return TailWait.Waits;
        }
    }

    internal void Forget(TailWaiter waiter)
    {
        lock (_gate)
            _tails.Remove(waiter);
    }

    private sealed class Tail(RedexFile file, ulong from, TailMode mode, CancellationToken cancellationToken) : IAsyncEnumerable<RedexEvent>
    {
        public IAsyncEnumerator<RedexEvent> GetAsyncEnumerator(CancellationToken enumeratorToken = default)
        {
            if (!enumeratorToken.CanBeCanceled || enumeratorToken == cancellationToken)
                return new RedexTail(file, from, mode, null, cancellationToken);
            if (!cancellationToken.CanBeCanceled)
                return new RedexTail(file, from, mode, null, enumeratorToken);
            var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumeratorToken);
            return new RedexTail(file, from, mode, both, both.Token);
        }
    }
}
