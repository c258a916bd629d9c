namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// Syncs a log's files off the path of appends, as its policy says and when somebody waits for it. Requests that come while one runs
/// become one more; everybody who waits for the disk shares a sync (group commit).
/// </summary>
internal sealed class DiskSync : IThreadPoolWorkItem, IDisposable
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningAgain = 2;

    private readonly FsyncPolicy _policy;
    private readonly Action _sync;
    private readonly Action<Exception> _onFailure;
    private readonly ITimer? _timer;
    private readonly Lock _gate = new();
    private long _entries;
    private long _bytes;
    private int _isDirty;
    private int _state;
    private TaskCompletionSource? _group;

    /// <param name="policy">When it syncs by itself.</param>
    /// <param name="time">The clock of its timer.</param>
    /// <param name="sync">Syncs; called by one thread at a time.</param>
    /// <param name="onFailure">Told what a sync of the policy's failed with; whoever waits is told as well.</param>
    public DiskSync(FsyncPolicy policy, TimeProvider time, Action sync, Action<Exception> onFailure)
    {
        _policy = policy;
        _sync = sync;
        _onFailure = onFailure;
        if (policy.Period > TimeSpan.Zero)
            _timer = time.CreateTimer(static state => ((DiskSync)state!).OnTimer(), this, policy.Period, policy.Period);
    }

    /// <summary>Counts what was appended. Under the log's lock.</summary>
    public void OnAppended(int entries, long bytes)
    {
        Volatile.Write(ref _isDirty, 1);
        if (_policy.EveryEntries > 0)
        {
            _entries += entries;
            if (_entries >= _policy.EveryEntries)
            {
                _entries = 0;
                Request();
            }
        }
        else if (_policy.EveryBytes > 0 && Interlocked.Add(ref _bytes, bytes) >= _policy.EveryBytes)
        {
            Interlocked.Exchange(ref _bytes, 0);
            Request();
        }
    }

    /// <summary>Completes when everything that was appended before the call is on the disk.</summary>
    public Task WaitAsync()
    {
        TaskCompletionSource group;
        lock (_gate)
            group = _group ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        Request();
        return group.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            Volatile.Write(ref _state, Running);
            RunOnce();
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
    }

    public void Dispose() => _timer?.Dispose();

    private void OnTimer()
    {
        if (Volatile.Read(ref _isDirty) == 1)
            Request();
    }

    /// <summary>Asks for a sync; requests that come while one runs become one more.</summary>
    public void Request()
    {
        while (true)
        {
            if (Interlocked.CompareExchange(ref _state, Running, Idle) == Idle)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
            // The worker may have come to rest in between; then nobody would see the request.
            if (Interlocked.CompareExchange(ref _state, RunningAgain, Running) != Idle)
                return;
        }
    }

    private void RunOnce()
    {
        TaskCompletionSource? group;
        lock (_gate)
        {
            group = _group;
            _group = null;
        }
        Volatile.Write(ref _isDirty, 0);
        Interlocked.Exchange(ref _bytes, 0);
        try
        {
            _sync();
            group?.SetResult();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _onFailure(failure);
            group?.SetException(failure);
        }
    }
}
