using System.Runtime.CompilerServices;

namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// A reader of a log: first what is there, then what comes, from one cursor over the log itself, so nothing can be lost or come twice
/// between the two (06 T1) and a reader costs no memory.
/// </summary>
internal sealed class RedexTail : IAsyncEnumerator<RedexEvent>
{
    private readonly RedexFile _file;
    private readonly long _limit;
    private readonly TailWaiter _waiter = new();
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationTokenSource? _owned;
    private Block? _block;
    private ulong _cursor;
    private int _rewinds;
    private bool _hasStarted;

    /// <param name="file">The log.</param>
    /// <param name="from">The first sequence that is wanted.</param>
    /// <param name="mode">What becomes of a reader that does not keep up.</param>
    /// <param name="owned">Gone with the reader.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public RedexTail(RedexFile file, ulong from, TailMode mode, CancellationTokenSource? owned, CancellationToken cancellationToken)
    {
        _owned = owned;
        _file = file;
        _cursor = from;
        _limit = mode == TailMode.Bounded ? Math.Max(1, file.Options.TailBufferSize) : long.MaxValue;
        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static waiter => ((TailWaiter)waiter!).Wake(), _waiter);
    }

    public RedexEvent Current { get; private set; }

    public ValueTask<bool> MoveNextAsync()
    {
        if (!_hasStarted)
            Start();
        return TryAdvance() ? new(true) : WaitAsync();
    }

    public ValueTask DisposeAsync()
    {
        _registration.Dispose();
        _owned?.Dispose();
        _file.Forget(_waiter);
        return default;
    }

    private void Start()
    {
        _hasStarted = true;
        _rewinds = _file.Rewinds;
        if (_file.IsClosed)
            throw Closed();
    }

    /// <summary>The next event, if there is one. An event with a wrong checksum is passed over.</summary>
    private bool TryAdvance()
    {
        _cancellation.ThrowIfCancellationRequested();
        MemoryLog log = _file.Log;
        while (true)
        {
            if (_file.Rewinds != _rewinds)
                OnRewound();
            ulong next = log.Next;
            ulong first = log.First;
            if (_cursor < first)
                throw Lagged($"The log {_file.Name} begins at {first} now; {_cursor} and what follows it has been dropped. Go on at {first}, and keep more with its retention options.", first);
            if (_cursor >= next)
                return false;
            if (next - _cursor > (ulong)_limit)
                throw Lagged($"The reader of {_file.Name} is {next - _cursor} events behind, and a bounded tail may be {_limit} behind. Go on at {_cursor}, tail with {nameof(TailMode)}.{nameof(TailMode.Lossless)}, or raise {nameof(RedexFileOptions.TailBufferSize)}.", _cursor);
            if (TryReadAtCursor(out RedexEvent read))
            {
                Current = read;
                return true;
            }
        }
    }

    // What was read may not be what is there now: a replica gave way to its leader.
    private void OnRewound()
    {
        ulong kept = _file.KeptSince(_rewinds);
        _rewinds = _file.Rewinds;
        _block = null;
        if (_cursor > kept)
            throw Lagged($"The log {_file.Name} was rewound to {kept} and goes on differently: another node leads it. Go on at {kept}, and forget what came after it.", kept);
    }

    private bool TryReadAtCursor(out RedexEvent read)
    {
        Block? block = _block;
        ulong index = block is null || _cursor < block.FirstSeq ? ulong.MaxValue : _cursor - block.FirstSeq;
        if (block is null || index >= (uint)block.Count)
        {
            LogView view = _file.TakeView();
            if (view.First > _cursor)
            {
                // Dropped since the caller looked: it looks again, and finds that out.
                read = default;
                return false;
            }
            if (!view.TryLocate(_cursor, out block, out int found))
            {
                // Up to what the view knew, and no further: what was appended since is still to come.
                _cursor = view.Next;
                read = default;
                return false;
            }
            _block = block;
            index = (uint)found;
            _cursor = block.FirstSeq + index;
        }
        ulong seq = _cursor++;
        if (block.TryRead((int)index, out read))
            return true;
        _file.OnCorrupt(seq);
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync()
    {
        while (true)
        {
            ValueTask<bool> more = _waiter.Begin();
            switch (_file.TryWait(_waiter, _cursor, _rewinds))
            {
                case TailWait.Closed:
                    _waiter.Wake();
                    await more.ConfigureAwait(false);
                    throw Closed();
                case TailWait.Ready:
                    _waiter.Wake();
                    break;
                default:
                    if (_cancellation.IsCancellationRequested)
                        _waiter.Wake();
                    break;
            }
            await more.ConfigureAwait(false);
            if (TryAdvance())
                return true;
        }
    }

    private RedexException Closed() => _file.Failure(RedexErrorKind.Closed, "It is closed; open it again to read on.");

    private static RedexException Lagged(string message, ulong resumeAt) => new(RedexErrorKind.Lagged, message) { ResumeAt = resumeAt };
}

/// <summary>What a reader that has read everything is told.</summary>
internal enum TailWait
{
    /// <summary>It is woken when something comes.</summary>
    Waits,

    /// <summary>Something has come meanwhile.</summary>
    Ready,

    /// <summary>Nothing will come any more.</summary>
    Closed,
}
