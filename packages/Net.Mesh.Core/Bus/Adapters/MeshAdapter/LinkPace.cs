using Net.Mesh.Sessions;

namespace Net.Mesh.Bus;

/// <summary>
/// How many reliable packets may be on their way, and how long an answer may take: the rules of the mesh's streams
/// (spec 01 §12.3), with a timeout that doubles while nothing comes back. Guarded by the link's lock.
/// </summary>
internal sealed class LinkPace
{
    /// <summary>The most packets on their way at once: 4 MiB, which is also what a link keeps of memory after a burst.</summary>
    public const int MostPackets = 512;

    private CongestionWindow _window = new(MostPackets);
    private RttEstimator _rtt = new();
    private bool _hasSample;
    private int _backoff;

    /// <summary>Packets on their way.</summary>
    public int InFlight { get; set; }

    public bool HasRoom => InFlight < (int)_window.Packets;

    /// <summary>After how long a packet without an answer counts as lost.</summary>
    public TimeSpan Timeout
    {
        get
        {
            TimeSpan backedOff = _rtt.Timeout * (1 << Math.Min(_backoff, 10));
            return backedOff < RttEstimator.Longest ? backedOff : RttEstimator.Longest;
        }
    }

    /// <summary>The usual time to an answer; before the first one, the timeout.</summary>
    public TimeSpan RoundTrip => _hasSample ? _rtt.Smoothed : _rtt.Timeout;

    /// <summary>A packet was acknowledged.</summary>
    /// <param name="roundTrip">How long that took; null when it was sent more than once, which makes the time ambiguous (Karn).</param>
    public void OnAcknowledged(TimeSpan? roundTrip)
    {
        _backoff = 0;
        _window.OnAcknowledged();
        if (roundTrip is not { } sample)
            return;
        _rtt.Sample(sample);
        _hasSample = true;
    }

    /// <summary>The peer named missing packets.</summary>
    public void OnGap() => _window.OnLoss();

    /// <summary>No answer came in time.</summary>
    public void OnTimeout()
    {
        _window.OnTimeout();
        _backoff++;
    }
}
