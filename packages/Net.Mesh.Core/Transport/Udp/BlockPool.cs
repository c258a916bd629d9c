namespace Net.Mesh.Transport;

/// <summary>
/// Keeps as many idle objects as threads can be busy with at once, so that sending allocates nothing after the first times.
/// Any thread may use it.
/// </summary>
internal sealed class BlockPool<T>
    where T : class
{
    private readonly T?[] _idle = new T?[Math.Max(8, 2 * Environment.ProcessorCount)];

    /// <summary>An idle object, or null: then make one.</summary>
    public T? Rent()
    {
        foreach (ref T? slot in _idle.AsSpan())
        {
            if (Volatile.Read(ref slot) is not null && Interlocked.Exchange(ref slot, null) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>Gives an object back; one too many is left to the collector.</summary>
    public void Return(T block)
    {
        foreach (ref T? slot in _idle.AsSpan())
        {
            if (Volatile.Read(ref slot) is null && Interlocked.CompareExchange(ref slot, block, null) is null)
                return;
        }
    }
}
