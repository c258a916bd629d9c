namespace Net.Mesh.Benchmarks.Channels;

/// <summary>One publisher and some subscribers, each with a connection of its own, in this process.</summary>
internal interface IFanOut : IAsyncDisposable
{
    /// <summary>Publishes for a while and waits until every subscriber has everything.</summary>
    /// <param name="subscribers">How many subscribe.</param>
    /// <param name="size">The length of a message in bytes.</param>
    /// <param name="duration">How long to publish.</param>
    /// <param name="stop">Cancelled by Ctrl+C.</param>
    /// <returns>Deliveries a second, over all subscribers.</returns>
    Task<double> DeliveriesPerSecondAsync(int subscribers, int size, TimeSpan duration, CancellationToken stop);
}

/// <summary>Counts what arrives anywhere, and tells when it is enough.</summary>
internal sealed class Arrivals
{
    private long _count;
    private long _wanted = long.MaxValue;
    private TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Count => Volatile.Read(ref _count);

    public void Start()
    {
        Volatile.Write(ref _wanted, long.MaxValue);
        Volatile.Write(ref _count, 0);
        _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Add()
    {
        if (Interlocked.Increment(ref _count) >= Volatile.Read(ref _wanted))
            _done.TrySetResult();
    }

    public Task WaitForAsync(long wanted, CancellationToken stop)
    {
        Volatile.Write(ref _wanted, wanted);
        if (Count >= wanted)
            _done.TrySetResult();
        return _done.Task.WaitAsync(TimeSpan.FromSeconds(60), stop);
    }
}
