namespace Net.Mesh.Bus;

/// <summary>Who waits for a ring to be emptied up to a position. Thread-safe.</summary>
internal sealed class FlushWaiters
{
    private readonly Lock _lock = new();
    private readonly List<(long Position, TaskCompletionSource Done)> _waiters = [];
    private volatile int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Completes when <see cref="Complete"/> reaches the position.</summary>
    public Task Add(long position)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiters.Add((position, done));
            _count++;
        }
        return done.Task;
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
