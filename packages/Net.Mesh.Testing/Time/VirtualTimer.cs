namespace Net.Mesh.Testing;

/// <summary>A timer of the virtual clock. Its due instant, period and end are guarded by the clock's lock.</summary>
internal sealed class VirtualTimer(VirtualTimeProvider clock, TimerCallback callback, object? state, long creation) : ITimer
{
    /// <summary>By due instant, then by creation.</summary>
    public static IComparer<VirtualTimer> DueOrder { get; } = Comparer<VirtualTimer>.Create(static (x, y) =>
        x.Due != y.Due ? x.Due.CompareTo(y.Due) : x.Creation.CompareTo(y.Creation));

    /// <summary>Never changed while the timer is armed: it is its key.</summary>
    public long Due { get; set; }

    public TimeSpan Period { get; set; }

    public bool IsDisposed { get; set; }

    public long Creation { get; } = creation;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        if (IsDisposed)
            return false;
        clock.Arm(this, dueTime, period);
        return true;
    }

    public void Fire() => callback(state);

    public void Dispose() => clock.Disarm(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Check(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, time, "A timer takes zero or more, or Timeout.InfiniteTimeSpan.");
    }
}
