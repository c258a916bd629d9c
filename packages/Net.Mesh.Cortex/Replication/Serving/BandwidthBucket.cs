namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// What a leader may send to a channel's replicas: a bucket of one second of its share, which fills at that rate and starts full
/// (spec 06 §8.9). For one owner at a time.
/// </summary>
internal sealed class BandwidthBucket
{
    /// <summary>The network's peak that is assumed, in bytes a second.</summary>
    public const double DefaultPeakBytesPerSecond = 125_000_000;

    private const double HatchShare = 0.10;

    private const double RealtimeShare = 0.50;

    private static readonly TimeSpan Starvation = TimeSpan.FromSeconds(60);

    private readonly double _fraction;
    private readonly double _backgroundFraction;
    private double _capacity;
    private double _level;
    private double _debt;
    private TimeSpan _filledAt;
    private TimeSpan _backgroundAt;

    public BandwidthBucket(double fraction, double backgroundFraction, TimeSpan now, double peakBytesPerSecond = DefaultPeakBytesPerSecond)
    {
        _fraction = fraction;
        _backgroundFraction = backgroundFraction;
        _capacity = _level = fraction * peakBytesPerSecond;
        _filledAt = _backgroundAt = now;
    }

    public double Capacity => _capacity;

    public double Level => _level;

    public double Debt => _debt;

    /// <summary>Whether a response of so many bytes may go now; if so it is paid for.</summary>
    public bool TryTake(long bytes, BandwidthClass urgency, TimeSpan now)
    {
        Fill(now);
        return urgency switch
        {
            BandwidthClass.Background => TryBackground(bytes, now),
            BandwidthClass.Realtime => TryRealtime(bytes),
            _ => TryForeground(bytes),
        };
    }

    /// <summary>Gives back what was paid for a response that could not be sent; an unpaid part is settled first.</summary>
    public void Refund(double bytes)
    {
        double whole = Math.Floor(bytes);
        double settled = Math.Min(_debt, whole);
        _debt -= settled;
        _level = Math.Min(_capacity, _level + whole - settled);
    }

    /// <summary>Changes the network's peak; the bucket stays as full as it is, in proportion.</summary>
    public void Rescale(double peakBytesPerSecond, TimeSpan now)
    {
        Fill(now);
        double ratio = _capacity > 0 ? _level / _capacity : 1;
        _capacity = _fraction * peakBytesPerSecond;
        _level = ratio * _capacity;
        _backgroundAt = now;
    }

    private void Fill(TimeSpan now)
    {
        double seconds = Math.Max(0, (now - _filledAt).TotalSeconds);
        _filledAt = now;
        _level = Math.Min(_capacity, _level + seconds * _capacity);
    }

    private bool TryForeground(long bytes)
    {
        if (bytes > _capacity)
        {
            if (_level < _capacity)
                return false;
            _level = 0;
            return true;
        }
        if (_level < bytes)
            return false;
        _level -= bytes;
        return true;
    }

    private bool TryBackground(long bytes, TimeSpan now)
    {
        if (_level >= bytes && _level - bytes >= (1 - _backgroundFraction) * _capacity)
        {
            _level -= bytes;
            _backgroundAt = now;
            return true;
        }
        if (now - _backgroundAt <= Starvation || bytes > HatchShare * _capacity)
            return false;
        _level = Math.Max(0, _level - bytes);
        _backgroundAt = now;
        return true;
    }

    private bool TryRealtime(long bytes)
    {
        if (bytes > RealtimeShare * _capacity)
            return false;
        // What the bucket does not hold is owed: a refund settles it before it fills anything, or it would make bytes out of nothing.
        double paid = Math.Min(_level, bytes);
        _level -= paid;
        _debt += bytes - paid;
        return true;
    }
}
