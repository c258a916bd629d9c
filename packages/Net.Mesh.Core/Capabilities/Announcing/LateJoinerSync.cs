using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Tells a new peer what is known of the nodes behind this one: their announcements as they came, signed, with one hop more (spec 04
/// §24). One peer at a time and a few at a time, by the clock and never on the receiving thread, so that nobody is flooded. What
/// gets lost comes with the next round of announcements.
/// </summary>
/// <remarks>
/// One that is over by its own clock is not passed on: it would live anew from when it came, and a node that is gone would wander
/// through the mesh from joiner to joiner.
/// </remarks>
internal sealed class LateJoinerSync : IDisposable
{
    private const int PerTurn = 32;
    private const int MaxWaitingPeers = 256;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly MeshContext _context;
    private readonly CapabilityIndex _index;
    private readonly int _maxPerPeer;
    private readonly Queue<NodeId> _waiting = new();
    private readonly ITimer _timer;
    private IReadOnlyList<KeptAnnouncement> _announcements = [];
    private int _next;
    private NodeId _peer;
    private bool _isRunning;
    private bool _isDisposed;
    private long _sent;

    public LateJoinerSync(MeshContext context, CapabilityIndex index, int maxPerPeer)
    {
        _context = context;
        _index = index;
        _maxPerPeer = maxPerPeer;
        _timer = context.Time.CreateTimer(static sync => ((LateJoinerSync)sync!).Work(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many announcements of others went to new peers.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Tells a peer, when its turn comes. One that is told through a relay has it from there.</summary>
    public void Add(Peer peer)
    {
        if (peer.IsRelayed || _maxPerPeer == 0)
            return;
        lock (_lock)
        {
            if (_isDisposed || _waiting.Count >= MaxWaitingPeers || _waiting.Contains(peer.NodeId))
                return;
            _waiting.Enqueue(peer.NodeId);
            if (_isRunning)
                return;
            _isRunning = true;
            _timer.Change(Turn, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _isDisposed = true;
        _timer.Dispose();
    }

    // One turn at a time: the timer is set again when a turn is over.
    private void Work()
    {
        if (_next >= Math.Min(_announcements.Count, _maxPerPeer) && !TryNextPeer())
            return;
        SendSome();
        lock (_lock)
        {
            if (!_isDisposed)
                _timer.Change(Turn, Timeout.InfiniteTimeSpan);
        }
    }

    private bool TryNextPeer()
    {
        lock (_lock)
        {
            (_announcements, _next) = ([], 0);
            _isRunning = _waiting.TryDequeue(out _peer);
            if (!_isRunning)
                return false;
        }
        _announcements = _index.Originals();
        return true;
    }

    private void SendSome()
    {
        if (!_context.TryGetPeer(_peer, out Peer? peer))
        {
            _announcements = [];
            return;
        }
        int end = Math.Min(Math.Min(_announcements.Count, _maxPerPeer), _next + PerTurn);
        for (; _next < end; _next++)
        {
            KeptAnnouncement kept = _announcements[_next];
            CapabilityAnnouncement announcement = kept.Announcement;
            // What came from the peer, or by way of it, it knows.
            if (!announcement.IsSigned || announcement.IsExpired(_context.Time) || announcement.NodeId == _peer || _context.IsNextHop(peer, announcement.NodeId)
                || !kept.TryToForwardedBytes(out byte[]? bytes))
            {
                continue;
            }
            if (_context.Send(_peer, SubprotocolId.CapabilityAnnouncement, bytes) == SendStatus.Sent)
                Interlocked.Increment(ref _sent);
        }
        if (_next >= Math.Min(_announcements.Count, _maxPerPeer))
            _context.Log.PeerSynced(_peer, _announcements.Count);
    }
}
