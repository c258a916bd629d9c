using System.Diagnostics;

namespace Net.Mesh.Benchmarks.Transport;

/// <summary>How long round trips took, in microseconds.</summary>
internal readonly record struct RoundTrips(double P50, double P99, double P999);

/// <summary>Collects round trips without allocating; what comes after it is full is not kept.</summary>
internal sealed class RoundTripRecorder
{
    private readonly long[] _ticks = new long[1_000_000];
    private int _count;

    public void Clear() => _count = 0;

    public void Add(long startTimestamp)
    {
        if (_count < _ticks.Length)
            _ticks[_count++] = Stopwatch.GetTimestamp() - startTimestamp;
    }

    public RoundTrips Summarize()
    {
        if (_count == 0)
            throw new InvalidOperationException("nothing came back.");
        Span<long> sorted = _ticks.AsSpan(0, _count);
        sorted.Sort();
        return new(At(sorted, 0.5), At(sorted, 0.99), At(sorted, 0.999));
    }

    private static double At(ReadOnlySpan<long> sorted, double quantile) =>
        sorted[Math.Min(sorted.Length - 1, (int)(quantile * sorted.Length))] * 1e6 / Stopwatch.Frequency;
}
