namespace Net.Mesh.Bus;

/// <summary>Tells subscriptions of a bus that its workers have stored something, so that they need not wait out their interval. Thread-safe.</summary>
internal sealed class StoredSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _changed;
    private int _version;
    private int _waiters;

    public int Version => Volatile.Read(ref _version);

    /// <summary>Something was stored.</summary>
    public void Notify()
    {
        Interlocked.Increment(ref _version); // a full fence before the look at the waiters
        if (Volatile.Read(ref _waiters) == 0)
            return;
        TaskCompletionSource? changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = null;
        }
        changed?.SetResult();
    }

    /// <summary>Waits until something is stored after a version, the time is up, or the wait is cancelled; throws nothing.</summary>
    public async ValueTask WaitAsync(int version, TimeSpan limit, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            Task changed;
            lock (_lock)
                changed = (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (Version == version)
                await changed.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }
}
