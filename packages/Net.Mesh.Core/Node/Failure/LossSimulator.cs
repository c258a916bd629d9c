namespace Net.Mesh.Node;

/// <summary>
/// Decides which packets a test loses (spec 02 §12): each with a chance of its own, and some in a row. The same seed loses the
/// same packets. Every member may be called from any thread.
/// </summary>
public sealed class LossSimulator
{
    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly double _lossRate;
    private readonly double _burstRate;
    private readonly int _burstLength;
    private int _leftOfBurst;
    private long _seen;
    private long _dropped;

    /// <summary>A simulator.</summary>
    /// <param name="random">Where chance comes from; used under a lock, and by nobody else.</param>
    /// <param name="lossRate">The chance that a packet is lost, held to 0..1.</param>
    /// <param name="burstRate">The chance that a packet is the first of a row that is lost, held to 0..1.</param>
    /// <param name="burstLength">The packets in such a row, its first among them; 0 for no rows.</param>
    public LossSimulator(Random random, double lossRate, double burstRate = 0, int burstLength = 0)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfNegative(burstLength);
        _random = random;
        _lossRate = Clamp(lossRate);
        _burstRate = burstLength == 0 ? 0 : Clamp(burstRate);
        _burstLength = burstLength;
    }

    /// <summary>How many packets were asked about.</summary>
    public long SeenCount
    {
        get
        {
            lock (_gate)
                return _seen;
        }
    }

    /// <summary>How many of them were lost.</summary>
    public long DroppedCount
    {
        get
        {
            lock (_gate)
                return _dropped;
        }
    }

    /// <summary>Whether the next packet is lost.</summary>
    public bool ShouldDrop()
    {
        lock (_gate)
        {
            _seen++;
            bool isDropped = Decide();
            if (isDropped)
                _dropped++;
            return isDropped;
        }
    }

    private static double Clamp(double rate) => double.IsNaN(rate) ? 0 : Math.Clamp(rate, 0, 1);

    private bool Decide()
    {
        if (_leftOfBurst > 0)
        {
            _leftOfBurst--;
            return true;
        }
        if (_burstRate > 0 && _random.NextDouble() < _burstRate)
        {
            _leftOfBurst = _burstLength - 1;
            return true;
        }
        return _random.NextDouble() < _lossRate;
    }
}
