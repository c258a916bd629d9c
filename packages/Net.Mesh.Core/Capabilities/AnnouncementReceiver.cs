using System.Threading.Channels;
using Net.Mesh.Node;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Takes announcements in off the receiving thread: signatures cost too much for it, and a storm of them must not hold up data. What
/// waits is bounded. The work runs when the node's clock says so, so that a simulated mesh replays it.
/// </summary>
internal sealed class AnnouncementReceiver : IDisposable
{
    private const int PerTurn = 256;

    private readonly Channel<(Peer Sender, byte[] Bytes)> _waiting;
    private readonly Action<Peer, byte[]> _take;
    private readonly ITimer _timer;
    private int _isScheduled;
    private long _dropped;
    private volatile bool _isDisposed;

    public AnnouncementReceiver(int capacity, TimeProvider time, Action<Peer, byte[]> take)
    {
        _waiting = Channel.CreateBounded<(Peer, byte[])>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        _take = take;
        _timer = time.CreateTimer(static receiver => ((AnnouncementReceiver)receiver!).Work(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(Peer sender, ReadOnlySpan<byte> bytes)
    {
        // Nothing that is longer than a packet's event can be one.
        if (bytes.Length > Wire.WireLimits.MaxEventBytes || !_waiting.Writer.TryWrite((sender, bytes.ToArray())))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        Schedule();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
    }

    private void Schedule()
    {
        if (!_isDisposed && Interlocked.Exchange(ref _isScheduled, 1) == 0)
            _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void Work()
    {
        for (int i = 0; i < PerTurn && !_isDisposed && _waiting.Reader.TryRead(out (Peer Sender, byte[] Bytes) next); i++)
            _take(next.Sender, next.Bytes);
        Volatile.Write(ref _isScheduled, 0);
        if (_waiting.Reader.Count > 0)
            Schedule();
    }
}
