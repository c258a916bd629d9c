namespace Net.Mesh.Sessions;

/// <summary>
/// The waiters that asked to continue on the thread that receives. They are collected while packets are taken in, under locks, and run
/// when the batch is through and no lock is held. One thread at a time.
/// </summary>
internal sealed class InlineWakes
{
    [ThreadStatic]
    private static InlineWakes? s_collecting;

    private readonly List<IThreadPoolWorkItem> _waiters = [];

    /// <summary>Collects on this thread from now on.</summary>
    public void Collect() => s_collecting = this;

    /// <summary>Runs what was collected, and what that adds, and collects no more.</summary>
    public void Run()
    {
        // What is added while this runs comes last: so the answers to a batch are sent together when all of them are there.
        for (int i = 0; i < _waiters.Count; i++)
            _waiters[i].Execute();
        s_collecting = null;
        _waiters.Clear();
    }

    /// <summary>Leaves a waiter to the thread that receives.</summary>
    /// <returns>False when this is another thread, so that the waiter has to go on elsewhere.</returns>
    public static bool TryAdd(IThreadPoolWorkItem waiter)
    {
        if (s_collecting is not { } wakes)
            return false;
        wakes._waiters.Add(waiter);
        return true;
    }
}
