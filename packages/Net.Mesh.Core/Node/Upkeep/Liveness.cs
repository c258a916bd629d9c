using Microsoft.Extensions.Logging;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Who is alive and how they are reached: heartbeats and pingwaves out and in, the failure detector, paths, and what follows from
/// a failure (spec 02 §10, §11).
/// </summary>
internal sealed class Liveness
{
    private readonly NodeCore _core;
    private readonly SessionBook _book;
    private readonly Rerouter _rerouter;
    private readonly List<StatusChange> _changes = [];
    private ulong _pingwaveSequence;

    public Liveness(NodeCore core, SessionBook book)
    {
        _core = core;
        _book = book;
        Detector = new FailureDetector(core.Time, new FailureDetectorOptions { Timeout = core.Options.SessionTimeout, FailedRetention = Timeout.InfiniteTimeSpan, MaxTracked = core.Options.MaxPeers });
        Graph = new ProximityGraph(core.Identity.NodeId, core.Time, new ProximityGraphOptions { EdgeTimeout = core.Options.SessionTimeout * 3 });
        _rerouter = new Rerouter(core, Graph);
        // Sequences grow across restarts, so that peers do not take the first ones for old (02 T2).
        _pingwaveSequence = (ulong)core.Time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    public FailureDetector Detector { get; }

    public ProximityGraph Graph { get; }

    public Rerouter Rerouter => _rerouter;

    /// <summary>A packet of a peer has authenticated. Called by the thread that receives.</summary>
    public void OnHeard(SessionEntry entry, in DatagramAddress source, bool isDirect, bool isHeartbeat, long now)
    {
        PeerLink peer = entry.Peer;
        if (entry.Session == peer.Current)
            FollowPath(entry.Session, peer, source, isDirect, isHeartbeat);
        if (peer.LastLiveness != 0 && now - peer.LastLiveness < _core.Ticks(_core.Options.HeartbeatInterval) / 4 && peer.Status == NodeStatus.Healthy)
            return;
        peer.LastLiveness = now;
        Detector.Heartbeat(peer.Id);
        if (peer.Status is NodeStatus.Healthy)
            return;
        bool wasFailed = peer.Status == NodeStatus.Failed;
        peer.Status = NodeStatus.Healthy;
        if (wasFailed)
            OnRecovered(peer);
    }

    /// <summary>A peer's session came up.</summary>
    public void OnConfirmed(PeerLink peer, SessionEntry entry)
    {
        Detector.Heartbeat(peer.Id);
        if (!entry.Path.IsRelayed)
        {
            var wave = new Pingwave { OriginId = new GraphId(peer.Id), Ttl = 1 };
            Graph.Receive(wave, entry.Path.Address, peer.Id);
        }
    }

    /// <summary>A pingwave, which says who is where (02 §10.3). Called by the thread that receives.</summary>
    public void OnPingwave(ReadOnlySpan<byte> datagram, in DatagramAddress source, PacketWriter writer)
    {
        PeerLink? forwarder = Pingwave.TryParse(datagram, out Pingwave wave) ? _core.Peers.DirectAt(source) : null;
        if (forwarder is null || wave.Origin == _core.Identity.NodeId || wave.HopCount >= 16)
        {
            _core.Counters.Drop(DropReason.Pingwave);
            return;
        }
        PingwaveOutcome outcome = Graph.Receive(wave, source, forwarder.Id);
        if (outcome is not (PingwaveOutcome.Fresh or PingwaveOutcome.Seen))
        {
            _core.Counters.Drop(DropReason.Pingwave);
            return;
        }
        // Also when the wave was seen: this time it may have come by a better way (02 §10.3).
        _core.Routes.Learn(wave.Origin, source, wave.HopCount + 2);
        if (outcome == PingwaveOutcome.Seen)
            _core.Counters.Drop(DropReason.PingwaveSeen);
        else if (wave.Ttl > 0)
            Spread(wave.Forwarded(), source, writer);
    }

    /// <summary>The heartbeat tick: signs of life, sweeps, and who has failed (02 §11.1). One thread at a time.</summary>
    public void Tick(long now)
    {
        SendSigns();
        Graph.Sweep();
        foreach (PeerLink peer in _core.Peers.All)
            peer.Streams.EvictIdle(now);
        _changes.Clear();
        Detector.Check(_changes);
        foreach (StatusChange change in _changes)
            OnStatus(change);
        RetryFailed();
        // After the detector: the routes of a peer that has just failed are as old as its silence, and have to be moved first.
        _core.Routes.Sweep();
        EvictDead(now);
    }

    /// <summary>A peer is gone for good: nothing is reported about it any more, and nothing waits for it.</summary>
    public void Forget(PeerLink peer)
    {
        Detector.Forget(peer.Id);
        _rerouter.Forget(peer.Id);
    }

    /// <summary>Sends a sign of life to a peer now.</summary>
    public void Probe(PeerLink peer)
    {
        if (peer.Current is not { } session)
            return;
        using PacketWriter writer = _core.Writers.Rent();
        SignsOfLife.Write(writer, peer, peer.Path, session);
    }

    /// <summary>Tries whether a relayed peer can be reached directly: its answer moves the path.</summary>
    public void ProbeDirect(PeerLink peer, in DatagramAddress address)
    {
        if (peer.Current is not { } session)
            return;
        using PacketWriter writer = _core.Writers.Rent();
        SignsOfLife.Write(writer, peer, new PeerPath(address, IsRelayed: false), session);
    }

    private void SendSigns()
    {
        using PacketWriter writer = _core.Writers.Rent();
        var wave = new Pingwave
        {
            OriginId = new GraphId(_core.Identity.NodeId),
            Sequence = ++_pingwaveSequence,
            Ttl = Pingwave.DefaultTtl,
            OriginTimestampMicros = (ulong)(_core.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMicroseconds,
        };
        Span<byte> bytes = stackalloc byte[WireLimits.PingwaveBytes];
        wave.Write(bytes);
        foreach (PeerLink peer in _core.Peers.All)
        {
            if (peer.Current is not { } session)
                continue;
            PeerPath path = peer.Path;
            SignsOfLife.Write(writer, peer, path, session);
            _core.Counters.HeartbeatsSent++;
            foreach ((ulong stream, uint epoch) in peer.Streams.Unanswered)
                StreamReports.WriteClosed(writer, peer, new(stream, epoch, StreamClosedStatus.Aborted, 0));
            if (path.IsRelayed)
            {
                // The direct way may be back: its answer moves the path.
                if (peer.LastDirect is { } direct && session.IsSecure)
                    SignsOfLife.Write(writer, peer, direct, session);
                continue;
            }
            writer.AddRaw(bytes, path.Address);
            _core.Counters.PingwavesSent++;
        }
    }

    // Everywhere but back: not to where it came from, and not to where its origin is reached (split horizon).
    private void Spread(in Pingwave wave, in DatagramAddress source, PacketWriter writer)
    {
        Span<byte> bytes = stackalloc byte[WireLimits.PingwaveBytes];
        wave.Write(bytes);
        bool hasRoute = _core.Routes.TryLookup(wave.Origin, out DatagramAddress towardsOrigin);
        foreach (PeerLink peer in _core.Peers.All)
        {
            PeerPath path = peer.Path;
            bool isBack = path.Address == source || (hasRoute && path.Address == towardsOrigin) || peer.Id == wave.Origin;
            if (!isBack && !path.IsRelayed && peer.Current is not null)
                writer.AddRaw(bytes, path.Address);
        }
    }

    // The address follows the peer, and a relayed peer that is heard directly is direct from then on. Peers of Net 0.27 send some
    // streams from a socket that does not listen (02 T11): only their heartbeats show where they are.
    private void FollowPath(Session session, PeerLink peer, in DatagramAddress source, bool isDirect, bool isHeartbeat)
    {
        PeerPath path = peer.Path;
        if (isDirect ? !path.IsRelayed && path.Address == source : path.IsRelayed)
            return;
        bool proves = session.IsNewest && (isHeartbeat || session.IsSecure);
        if (!proves)
            return;
        if (!isDirect)
        {
            // The peer reaches us through a relay while we think it is direct: believe the relay only when the direct path is silent.
            if (peer.Status is NodeStatus.Healthy or NodeStatus.Unknown)
                return;
            Move(peer, new PeerPath(source, IsRelayed: true));
            return;
        }
        if (path.IsRelayed && path.Address == source)
            return;
        Move(peer, new PeerPath(source, IsRelayed: false));
        // The peer learns by the answer that its way works in both directions.
        Probe(peer);
    }

    private void Move(PeerLink peer, PeerPath path)
    {
        _core.Peers.SetPath(peer, path);
        _core.Routes.AddDirect(peer.Id, path.Address);
        _core.Log.PeerChanged(peer.Id, PeerChange.PathChanged);
        _core.Events.Raise(peer, PeerChange.PathChanged);
    }

    private void OnStatus(in StatusChange change)
    {
        if (!_core.Peers.TryGet(change.Node, out PeerLink? peer))
            return;
        peer.Status = change.To;
        switch (change.To)
        {
            case NodeStatus.Suspected:
                _core.Log.PeerChanged(peer.Id, PeerChange.Suspected);
                _core.Events.Raise(peer, PeerChange.Suspected);
                break;
            case NodeStatus.Failed:
                _core.Log.PeerChanged(peer.Id, PeerChange.Failed);
                _rerouter.OnFailed(peer);
                _core.Events.Raise(peer, PeerChange.Failed);
                break;
        }
    }

    // When the peer failed there may have been no other way to it, or one that has failed since; by now there may be a better one.
    private void RetryFailed()
    {
        foreach (PeerLink peer in _core.Peers.All)
        {
            if (peer.Status != NodeStatus.Failed)
                continue;
            PeerPath path = peer.Path;
            if (!path.IsRelayed)
                _rerouter.OnFailed(peer);
            else if (_core.Routes.TryLookup(peer.Id, out DatagramAddress next) && next != path.Address && next != peer.LastDirect?.Address)
                _core.Peers.SetPath(peer, new PeerPath(next, IsRelayed: true));
        }
    }

    private void OnRecovered(PeerLink peer)
    {
        _rerouter.OnRecovered(peer);
        _core.Log.PeerChanged(peer.Id, PeerChange.Recovered);
        _core.Events.Raise(peer, PeerChange.Recovered);
    }

    // Only what the peer sends counts: our own sends would keep a dead peer for ever (02 T10).
    private void EvictDead(long now)
    {
        foreach (PeerLink peer in _core.Peers.All)
        {
            bool isDead = peer.Status == NodeStatus.Failed && peer.Current is { } session
                && _core.Time.GetElapsedTime(session.LastAuthenticated, now) > _core.Options.SessionTimeout * 30;
            if (!isDead)
                continue;
            Forget(peer);
            _book.Forget(peer);
            peer.Streams.Clear(StreamEnd.PeerLeft);
            _core.Events.Raise(peer, PeerChange.Evicted);
        }
    }
}
