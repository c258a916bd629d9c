namespace Net.Mesh.Core.Tests.Support;

/// <summary>Holds those who pass through until it is opened.</summary>
internal sealed class Gate(bool isOpen = false)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _open = NewSource(isOpen);
    private int _waiting;

    public int Waiting => Volatile.Read(ref _waiting);

    public void Open()
    {
        lock (_lock)
            _open.TrySetResult();
    }

    public void Close()
    {
        lock (_lock)
        {
            if (_open.Task.IsCompleted)
                _open = NewSource(isOpen: false);
        }
    }

    public async Task PassAsync(CancellationToken cancellationToken)
    {
        Task open;
        lock (_lock)
            open = _open.Task;
        Interlocked.Increment(ref _waiting);
        try
        {
            await open.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public Task UntilWaitingAsync(int count = 1) => Eventually.BecomesTrueAsync(() => Waiting >= count, $"{count} to wait at the gate");

    private static TaskCompletionSource NewSource(bool isOpen)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
            source.SetResult();
        return source;
    }
}
