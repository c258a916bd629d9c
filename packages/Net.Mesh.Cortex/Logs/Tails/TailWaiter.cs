using System.Threading.Tasks.Sources;

namespace Net.Mesh.Cortex.Logs;

/// <summary>One wait of one reader for more; used again and again. The reader goes on on the thread pool, never on the thread that appends.</summary>
internal sealed class TailWaiter : IValueTaskSource<bool>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private int _isPending;

    /// <summary>Begins to wait; <see cref="Wake"/> completes the task with true.</summary>
    public ValueTask<bool> Begin()
    {
        _core.Reset();
        Volatile.Write(ref _isPending, 1);
        return new(this, _core.Version);
    }

    /// <summary>Completes the wait, if there is one.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isPending, 0) == 1)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _core.SetResult(true);

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
