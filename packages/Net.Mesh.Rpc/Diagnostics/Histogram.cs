namespace Net.Mesh.Rpc;

/// <summary>Durations in the chapter's buckets (spec 07 §11). Thread-safe; observing allocates nothing.</summary>
internal sealed class Histogram
{
    private readonly long[] _counts = new long[RpcHistogram.BoundsInSeconds.Length + 1];
    private long _sumNs;
    private long _count;

    public void Observe(TimeSpan duration)
    {
        int bucket = 0;
        while (bucket < RpcHistogram.BoundsInSeconds.Length && duration.TotalSeconds > RpcHistogram.BoundsInSeconds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _sumNs, (long)(duration.TotalSeconds * 1e9));
    }

    public RpcHistogram Snapshot()
    {
        long[] cumulative = new long[_counts.Length];
        long total = 0;
        for (int i = 0; i < cumulative.Length; i++)
            cumulative[i] = total += Interlocked.Read(ref _counts[i]);
        return new(Interlocked.Read(ref _sumNs), Interlocked.Read(ref _count), cumulative);
    }
}
