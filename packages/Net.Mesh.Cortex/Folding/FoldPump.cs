using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex.Folding;

/// <summary>What a pump moves.</summary>
internal interface IFoldTarget
{
    /// <summary>Whether there is something to do. Any thread.</summary>
    bool HasMore { get; }

    /// <summary>Does some of it, at least up to the event unless that is too far; never called twice at once, and throws nothing.</summary>
    void FoldSome(ulong goal);
}

/// <summary>
/// Folds on whatever thread comes along, one at a time: on the pool when something was appended, or on the thread of somebody who waits
/// for what was appended, which saves two changes of threads.
/// </summary>
internal sealed class FoldPump(IFoldTarget target) : ILogListener, IThreadPoolWorkItem
{
    private const int BatchesInARow = 16;

    private int _isScheduled;
    private int _isRunning;
    private TaskCompletionSource? _idle;

    public bool IsRunning => Volatile.Read(ref _isRunning) != 0;

    /// <summary>Something was appended. Called under the log's lock, so it only asks for a thread, and only once until that has come.</summary>
    public void OnAppended()
    {
        if (Volatile.Read(ref _isScheduled) == 0 && Interlocked.Exchange(ref _isScheduled, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Folds a little on the calling thread; false when another does already.</summary>
    public bool TryRun(ulong goal)
    {
        if (!TryBegin())
            return false;
        Fold(goal);
        if (target.HasMore)
            OnAppended();
        return true;
    }

    /// <summary>Completes when no fold runs. New ones are kept off by the target.</summary>
    public Task WhenIdleAsync()
    {
        if (!IsRunning)
            return Task.CompletedTask;
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource idle = Interlocked.CompareExchange(ref _idle, created, null) ?? created;
        if (!IsRunning)
            idle.TrySetResult();
        return idle.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _isScheduled, 0);
        for (int batch = 0; target.HasMore; batch++)
        {
            // Whoever runs looks for more when it is done, and so does not miss what this was called for.
            if (!TryBegin())
                return;
            Fold(ulong.MaxValue);
            if (batch == BatchesInARow)
            {
                OnAppended();
                return;
            }
        }
    }

    private void Fold(ulong goal)
    {
        try
        {
            target.FoldSome(goal);
        }
        finally
        {
            End();
        }
    }

    public bool TryBegin() => Interlocked.CompareExchange(ref _isRunning, 1, 0) == 0;

    public void End()
    {
        Interlocked.Exchange(ref _isRunning, 0);
        Volatile.Read(ref _idle)?.TrySetResult();
    }
}
