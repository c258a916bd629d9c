namespace Net.Mesh.Bus;

/// <summary>Who waits for a ring to be emptied up to a position. Thread-safe.</summary>
internal sealed class FlushWaiters
{
    private readonly Lock _lock = new();
    private readonly List<(long Position, TaskCompletionSource Done)> _waiters = [];
    private volatile int _count;
    private bool _isClosed;

    public bool IsEmpty => _count == 0;

    /// <summary>Completes when <see cref="Complete"/> reaches the position.</summary>
    public Task Add(long position)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isClosed)
                return Task.CompletedTask;
            _waiters.Add((position, done));
            _count++;
        }
        return done.Task;
    }

    /// <summary>Everything is done and nothing will come: who waits now or later need not.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
        Complete(long.MaxValue);
    }

    /// <summary>Everything before the position is done.</summary>
    public void Complete(long position)
    {
        if (_count == 0)
            return;
        lock (_lock)
        {
            foreach ((long target, TaskCompletionSource done) in _waiters)
            {
                if (target <= position)
                    done.SetResult();
            }
            _waiters.RemoveAll(waiter => waiter.Position <= position);
            _count = _waiters.Count;
        }
    }
}
