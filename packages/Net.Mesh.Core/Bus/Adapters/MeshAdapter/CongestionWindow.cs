namespace Net.Mesh.Bus;

/// <summary>
/// How many reliable packets may be on their way, and how long an answer may take: the rules of the mesh's streams
/// (spec 01 §12.3), with a timeout that doubles while nothing comes back. Guarded by the link's lock.
/// </summary>
internal sealed class CongestionWindow
{
    private const double InitialPackets = 32;
    private const double LeastPackets = 2;

    private static readonly TimeSpan InitialTimeout = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(2);

    private double _packets = InitialPackets;
    private double _threshold = double.PositiveInfinity;
    private TimeSpan? _smoothed;
    private TimeSpan _variation;
    private TimeSpan _timeout = InitialTimeout;
    private int _backoff;

    /// <summary>The most packets on their way at once: 4 MiB, which is also what a link keeps of memory after a burst.</summary>
    public const int MostPackets = 512;

    /// <summary>Packets on their way.</summary>
    public int InFlight { get; set; }

    public bool HasRoom => InFlight < (int)_packets;

    /// <summary>After how long a packet without an answer counts as lost.</summary>
    public TimeSpan Timeout
    {
        get
        {
            TimeSpan backedOff = _timeout * (1 << Math.Min(_backoff, 10));
            return backedOff < LongestTimeout ? backedOff : LongestTimeout;
        }
    }

    /// <summary>The usual time to an answer; before the first one, the timeout.</summary>
    public TimeSpan RoundTrip => _smoothed ?? _timeout;

    /// <summary>A packet was acknowledged.</summary>
    /// <param name="roundTrip">How long that took; null when it was sent more than once, which makes the time ambiguous (Karn).</param>
    public void OnAcknowledged(TimeSpan? roundTrip)
    {
        _backoff = 0;
        _packets = Math.Min(MostPackets, _packets + (_packets < _threshold ? 1 : 1 / _packets));
        if (roundTrip is not { } sample)
            return;
        if (_smoothed is { } smoothed)
        {
            _variation = _variation * 0.75 + (smoothed - sample).Duration() * 0.25;
            _smoothed = smoothed * 0.875 + sample * 0.125;
        }
        else
        {
            _smoothed = sample;
            _variation = sample / 2;
        }
        TimeSpan timeout = _smoothed.Value + _variation * 4;
        _timeout = timeout < LeastTimeout ? LeastTimeout : timeout;
    }

    /// <summary>The peer named missing packets.</summary>
    public void OnGap()
    {
        _threshold = Math.Max(_packets / 2, LeastPackets);
        _packets = _threshold;
    }

    /// <summary>No answer came in time.</summary>
    public void OnTimeout()
    {
        _threshold = Math.Max(_packets / 2, LeastPackets);
        _packets = LeastPackets;
        _backoff++;
    }
}
