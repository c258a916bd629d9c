using System.Threading.Tasks.Sources;

namespace Net.Mesh.Bus;

/// <summary>
/// What a worker sleeps on: one waiter, any number of wakers, an optional time limit. Allocates nothing per wait. A wake that
/// comes while nobody waits ends the next wait at once; a waiter must expect to be woken without need.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource, IDisposable
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Woken = 2;

    private readonly ITimer _timer;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public WakeSignal(TimeProvider timeProvider) =>
        _timer = timeProvider.CreateTimer(static signal => ((WakeSignal)signal!).Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Wakes the waiter. Any thread.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _state, Woken) == Waiting)
            _core.SetResult(true);
    }

    /// <summary>Sleeps until woken, or until the time is up.</summary>
    /// <param name="limit">The time; infinite waits for a wake only.</param>
    public ValueTask WaitAsync(TimeSpan limit)
    {
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) != Idle)
        {
            Volatile.Write(ref _state, Idle); // woken already
            return ValueTask.CompletedTask;
        }
        if (limit != Timeout.InfiniteTimeSpan)
            _timer.Change(limit, Timeout.InfiniteTimeSpan);
        return new(this, _core.Version);
    }

    public void Dispose() => _timer.Dispose();

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        Volatile.Write(ref _state, Idle);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
