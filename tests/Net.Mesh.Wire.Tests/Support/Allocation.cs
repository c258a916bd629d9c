namespace Net.Mesh.Wire.Tests.Support;

/// <summary>Counts the bytes that an action allocates once it is warm.</summary>
internal static class Allocation
{
    private const int Repetitions = 1_000;

    /// <summary>The fewest bytes of some rounds: the runtime's own doings may fall into one of them.</summary>
    public static long Of(Action action)
    {
        long fewest = long.MaxValue;
        for (int round = 0; round < 10 && fewest > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Repetitions; i++)
                action();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return fewest;
    }
}
