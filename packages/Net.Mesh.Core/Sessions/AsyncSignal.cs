using System.Threading.Tasks.Sources;

namespace Net.Mesh.Sessions;

/// <summary>
/// Wakes one waiter when something may have changed. A signal that finds nobody waiting is kept for the next wait. The waiter
/// continues on the thread pool, never on the thread that signals unless it asked for that, and waiting allocates nothing.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private int _state;

    /// <summary>Whether the waiter continues on the thread that receives, when it is that thread that signals.</summary>
    public bool ContinuesInline { get; set; }

    /// <summary>Wakes the waiter, or the next one to come.</summary>
    public void Set()
    {
        // Only a waiter is moved to the pool; a second signal meanwhile leaves its mark.
        if (Interlocked.Exchange(ref _state, Signalled) == Waiting)
        {
            Volatile.Write(ref _state, Idle);
            if (!ContinuesInline || !InlineWakes.TryAdd(this))
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Completes at the next signal, with true, or at cancellation, with false. One waiter at a time.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signalled) == Signalled)
            return new(true);
        if (cancellationToken.IsCancellationRequested)
            return new(false);
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Signalled)
        {
            Volatile.Write(ref _state, Idle);
            return new(true);
        }
        if (cancellationToken.CanBeCanceled)
            _registration = cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), this);
        return new(this, _core.Version);
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        CancellationTokenRegistration registration = _registration;
        _registration = default;
        bool isCancelled = registration.Token.IsCancellationRequested;
        registration.Dispose();
        _core.GetResult(token);
        return !isCancelled;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
