namespace Net.Mesh.Cortex.Tests;

internal static class Steady
{
    /// <summary>
    /// What a hundred runs allocate once all is warm: the least of several hundreds, for the runtime itself allocates now and
    /// then on whatever thread is at hand.
    /// </summary>
    public static long Allocation(Action run)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
                run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
