namespace Net.Mesh.Sessions;

/// <summary>Smoothed round trip and retransmission timeout after RFC 6298, between 10 ms and 2 s (spec 01 §12.3).</summary>
internal struct RttEstimator
{
    public static readonly TimeSpan Initial = TimeSpan.FromMilliseconds(50);
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private double _smoothedNanos;
    private double _variationNanos;
    private bool _hasSample;

    public RttEstimator()
    {
    }

    public TimeSpan Timeout { get; private set; } = Initial;

    public readonly TimeSpan Smoothed => TimeSpan.FromMicroseconds(_smoothedNanos / 1000);

    internal readonly double SmoothedNanos => _smoothedNanos;

    internal readonly double VariationNanos => _variationNanos;

    public void Sample(TimeSpan roundTrip)
    {
        double nanos = Math.Max(0, roundTrip.TotalMicroseconds * 1000);
        if (_hasSample)
        {
            _variationNanos = (0.75 * _variationNanos) + (0.25 * Math.Abs(_smoothedNanos - nanos));
            _smoothedNanos = (0.875 * _smoothedNanos) + (0.125 * nanos);
        }
        else
        {
            _smoothedNanos = nanos;
            _variationNanos = nanos / 2;
            _hasSample = true;
        }
        var timeout = TimeSpan.FromMicroseconds((_smoothedNanos + (4 * _variationNanos)) / 1000);
        Timeout = TimeSpan.FromTicks(Math.Clamp(timeout.Ticks, Shortest.Ticks, Longest.Ticks));
    }
}
