namespace Net.Mesh.Cortex.Folding;

/// <summary>So many may wait at once. A permit is there or not; nobody queues for one.</summary>
internal sealed class WaitPermits(int cap)
{
    private int _taken;
    private int _cap = cap;

    /// <summary>Of the whole process; without a cap until one is set.</summary>
    public static WaitPermits OfProcess { get; } = new(0);

    /// <summary>Sets a cap where there was none. Only the first counts.</summary>
    public bool TrySetCap(int cap) => Interlocked.CompareExchange(ref _cap, Math.Max(1, cap), 0) == 0;

    public bool TryTake()
    {
        int cap = Volatile.Read(ref _cap);
        if (Interlocked.Increment(ref _taken) <= cap || cap == 0)
            return true;
        Interlocked.Decrement(ref _taken);
        return false;
    }

    public void Return() => Interlocked.Decrement(ref _taken);
}
