using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Which session a peer has: installs what handshakes bring, keeps answered sessions tentative until the peer has proven its keys,
/// and lets replaced ones go (spec 11 §5, §6).
/// </summary>
/// <remarks>
/// <code>
/// answered, secure   → tentative → (first packet authenticates) → current
/// answered, 0.27     → current at once; the peer may have nothing to say for minutes
/// dialled            → current at once, or tentative while it renews
/// current            → retiring for 10 s when another takes its place → wiped
/// </code>
/// </remarks>
internal sealed class SessionBook
{
    /// <summary>How far a handshake may travel.</summary>
    public const byte HandshakeTtl = 16;

    private const int RememberedSecureIds = 65_536;
    private static readonly TimeSpan RetiringTime = TimeSpan.FromSeconds(10);

    /// <summary>Longer than the confirmations of a session are repeated.</summary>
    private static readonly TimeSpan CrossingPatience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan[] BeaconTimes = [TimeSpan.Zero, TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2.5)];

    private readonly NodeCore _core;
    private readonly Lock _gate = new();
    private readonly LinkedList<SessionEntry> _tentative = new();
    private readonly List<SessionEntry> _retiring = [];
    private readonly List<Beacon> _beacons = [];
    private readonly RecentSet<NodeId> _secureIds = new(RememberedSecureIds);
    private readonly RecentSet<NodeId> _warnedIds = new(1024);

    public SessionBook(NodeCore core) => _core = core;

    /// <summary>Told when a session with a peer is usable; the first argument is the peer.</summary>
    public event Action<PeerLink, SessionEntry>? Confirmed;

    /// <summary>Told when a peer is forgotten.</summary>
    public event Action<PeerLink>? Forgotten;

    /// <summary>Told when the timer has something to do here.</summary>
    public event Action? Changed;

    /// <summary>Whether the timer has something to do here.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _tentative.Count == 0 && _retiring.Count == 0 && _beacons.Count == 0;
        }
    }

    /// <summary>Whether a node was once seen over the secure profile, after which it is never taken for a peer of Net 0.27 again.</summary>
    public bool WasSecure(NodeId id)
    {
        lock (_gate)
            return _secureIds.Contains(id);
    }

    /// <summary>A session whose answer this node has just verified.</summary>
    public PeerLink? InstallDialled(Dial dial, in HandshakeClaim claim, SessionKeys keys, PeerPath path, long now)
    {
        PeerLink? peer = PeerFor(claim.NodeId, path);
        if (peer is null)
            return null;
        SessionEntry? entry = AddSession(peer, claim, keys, path, now, isInitiator: true, dial.BeganAt, renews: dial.Renews is { } old && peer.Current?.Id == old && claim.IsSecure);
        if (entry is null)
            return null;
        PeerChange? change = null;
        lock (_gate)
        {
            if (claim.IsSecure)
                _beacons.Add(new Beacon(entry, now));
            else
                entry.Session.IsConfirmed = true;
            if (entry.Renews)
                _tentative.AddLast(entry);
            else
                change = Promote(entry, now);
            peer.StaticKey = dial.PublicKey;
        }
        Announce(entry, change);
        SendBeacons(now);
        Changed?.Invoke();
        if (!entry.Renews)
            Confirmed?.Invoke(peer, entry);
        return peer;
    }

    /// <summary>A session whose first message this node has verified and is about to answer.</summary>
    public DropReason? InstallAnswered(in HandshakeClaim claim, SessionKeys keys, PeerPath path, long now)
    {
        if (!claim.IsSecure && _core.Peers.TryGet(claim.NodeId, out PeerLink? known) && known.Current is { IsSecure: true })
            return DropReason.ReferenceRefused;
        PeerLink? peer = PeerFor(claim.NodeId, path);
        if (peer is null)
            return DropReason.TooManyPeers;
        bool renews = claim.IsSecure && claim.Renews is { } old && peer.Current is { IsConfirmed: true, IsSecure: true } current && current.Id == old;
        SessionEntry? entry = AddSession(peer, claim, keys, path, now, isInitiator: false, now, renews);
        if (entry is null)
            return DropReason.HandshakeReplayed;
        if (claim.IsSecure)
        {
            lock (_gate)
            {
                _tentative.AddLast(entry);
                while (_tentative.Count > _core.Options.MaxTentativeSessions)
                    DropTentative(_tentative.First!.Value);
            }
            Changed?.Invoke();
            return null;
        }
        PeerChange? change;
        lock (_gate)
        {
            entry.Session.IsConfirmed = true;
            change = Promote(entry, now);
        }
        Announce(entry, change);
        Confirmed?.Invoke(peer, entry);
        return null;
    }

    /// <summary>The first packet under a session has authenticated: the peer holds its keys.</summary>
    public void Confirm(SessionEntry entry, long now)
    {
        bool isNew;
        PeerChange? change = null;
        lock (_gate)
        {
            if (entry.Session.IsConfirmed)
                return;
            entry.Session.IsConfirmed = true;
            entry.Session.ConfirmedAt = now;
            _beacons.RemoveAll(beacon => beacon.Entry == entry);
            isNew = _tentative.Remove(entry);
            _secureIds.Add(entry.Peer.Id);
            if (isNew)
                change = Promote(entry, now);
        }
        Announce(entry, change);
        // The responder answers the confirming packet, so that the initiator knows too.
        if (!entry.Session.Facts.IsInitiator)
            SendBeacon(entry);
        if (isNew)
            Confirmed?.Invoke(entry.Peer, entry);
    }

    /// <summary>
    /// A packet came under a session that gave way to one that crossed it. When the peer goes on with it and the other is silent, the
    /// peer does not have the other: it started anew in between.
    /// </summary>
    public void Reconsider(SessionEntry entry, long now)
    {
        PeerChange? change = null;
        lock (_gate)
        {
            bool isSilent = entry.Peer.Current is not { } current || current.LastAuthenticated < entry.GaveWayAt;
            if (entry.GaveWayAt == 0 || !isSilent || _core.Time.GetElapsedTime(entry.GaveWayAt, now) < CrossingPatience)
                return;
            entry.GaveWayAt = 0;
            entry.RetiresAt = 0;
            _retiring.Remove(entry);
            change = Promote(entry, now, mayCross: false);
        }
        Announce(entry, change);
        Confirmed?.Invoke(entry.Peer, entry);
    }

    /// <summary>Repeats confirmations, and lets go what is over.</summary>
    public void Tick(long now)
    {
        lock (_gate)
        {
            while (_tentative.First is { } first && IsOver(first.Value, now))
                DropTentative(first.Value);
            for (int i = _retiring.Count - 1; i >= 0; i--)
            {
                if (_retiring[i].RetiresAt > now)
                    continue;
                _core.Peers.RemoveSession(_retiring[i]);
                _retiring.RemoveAt(i);
            }
        }
        SendBeacons(now);
    }

    /// <summary>Forgets a peer and everything with it.</summary>
    public void Forget(PeerLink peer)
    {
        lock (_gate)
        {
            peer.Current = null;
            long now = _core.Time.GetTimestamp();
            foreach (SessionEntry entry in _core.Peers.Sessions)
            {
                if (entry.Peer != peer)
                    continue;
                _tentative.Remove(entry);
                Retire(entry.Session, now, stillOpens: false);
            }
        }
        _core.Peers.Remove(peer);
        Forgotten?.Invoke(peer);
    }

    private bool IsOver(SessionEntry entry, long now) =>
        _core.Time.GetElapsedTime(entry.Session.Facts.CreatedAt, now) > _core.Options.HandshakeTimeout;

    private PeerLink? PeerFor(NodeId id, PeerPath path) =>
        _core.Peers.GetOrAdd(id, _ => new PeerLink(id, path, _core.CreateStreams()));

    private SessionEntry? AddSession(PeerLink peer, in HandshakeClaim claim, SessionKeys keys, PeerPath path, long now, bool isInitiator, long beganAt, bool renews)
    {
        SecurityLevel security = claim.IsSecure ? SecurityLevel.Secure : SecurityLevel.Reference;
        var session = new Session(keys, new SessionFacts(isInitiator, security, claim.Flags, claim.Entity, now));
        var entry = new SessionEntry(session, peer) { Path = path, Renews = renews, BeganAt = beganAt };
        if (_core.Peers.TryAddSession(entry))
            return entry;
        session.Dispose();
        return null;
    }

    // The caller holds the gate, and announces the change when it has left it: whoever listens may wait for others (02 T19).
    private PeerChange? Promote(SessionEntry entry, long now, bool mayCross = true)
    {
        PeerLink peer = entry.Peer;
        Session? old = peer.Current;
        if (mayCross && old is not null && old != entry.Session && IsCrossing(old, entry, now))
        {
            // Both dialled at once: both sides keep the session whose initiator has the smaller id (11 §5).
            bool ownIsSmaller = _core.Identity.NodeId < peer.Id;
            bool keepsOld = old.Facts.IsInitiator == ownIsSmaller;
            Session givesWay = keepsOld ? entry.Session : old;
            Retire(givesWay, now, stillOpens: true);
            if (_core.Peers.TryGetSession(givesWay.Id, out SessionEntry? retiring))
                retiring.GaveWayAt = now;
            if (!keepsOld)
                peer.Current = entry.Session;
            return null;
        }
        bool isRestart = old is not null && !entry.Renews;
        if (isRestart)
            peer.Streams.Clear(StreamEnd.Replaced);
        peer.Current = entry.Session;
        _core.Peers.SetPath(peer, entry.Path);
        _core.Routes.AddDirect(peer.Id, entry.Path.Address);
        if (old is not null)
            Retire(old, now, stillOpens: entry.Renews);
        Interlocked.Increment(ref _core.Counters.HandshakesCompleted);
        if (entry.Renews)
        {
            Interlocked.Increment(ref _core.Counters.SessionsRenewed);
            return PeerChange.Renewed;
        }
        peer.Status = NodeStatus.Healthy;
        return isRestart ? PeerChange.Restarted : PeerChange.Joined;
    }

    // Who begins a handshake after the session was confirmed at both ends does not cross it: that peer restarted, or wants a new one.
    private bool IsCrossing(Session old, SessionEntry created, long now) =>
        old.IsSecure && created.Session.IsSecure
        && old.Facts.IsInitiator != created.Session.Facts.IsInitiator
        && !(old.IsConfirmed && old.ConfirmedAt < created.BeganAt)
        && IsYoung(old, now) && IsYoung(created.Session, now);

    // As long as attempts of the two dials can overlap.
    private bool IsYoung(Session session, long now) =>
        _core.Time.GetElapsedTime(session.Facts.CreatedAt, now) < _core.Options.HandshakeTimeout * (_core.Options.HandshakeAttempts + 1);

    private void Announce(SessionEntry entry, PeerChange? change)
    {
        if (change is not { } happened)
            return;
        PeerLink peer = entry.Peer;
        if (!entry.Renews)
        {
            _core.Log.PeerJoined(peer.Id, entry.Path.Address, entry.Session.Facts.Security, entry.Path.IsRelayed ? "relayed" : "direct");
            if (!entry.Session.IsSecure && WarnsOf(peer.Id))
                _core.Log.ReferencePeer(peer.Id);
        }
        _core.Events.Raise(peer, happened);
    }

    private bool WarnsOf(NodeId id)
    {
        lock (_gate)
            return _warnedIds.Add(id);
    }

    // Keys live a little longer than the session: a sender may be about to seal with them.
    private void Retire(Session session, long now, bool stillOpens)
    {
        if (!_core.Peers.TryGetSession(session.Id, out SessionEntry? entry))
            return;
        _beacons.RemoveAll(beacon => beacon.Entry == entry);
        if (!stillOpens)
            _core.Peers.DetachSession(entry);
        bool isListed = entry.RetiresAt != 0;
        entry.RetiresAt = now + _core.Ticks(RetiringTime);
        if (!isListed)
            _retiring.Add(entry);
        Changed?.Invoke();
    }

    private void DropTentative(SessionEntry entry)
    {
        _tentative.Remove(entry);
        Retire(entry.Session, _core.Time.GetTimestamp(), stillOpens: false);
        // A peer that never proved itself leaves nothing behind.
        if (entry.Peer.Current is null && !_tentative.Any(other => other.Peer == entry.Peer))
            _core.Peers.Remove(entry.Peer);
    }

    private void SendBeacons(long now)
    {
        List<SessionEntry>? due = null;
        lock (_gate)
        {
            for (int i = _beacons.Count - 1; i >= 0; i--)
            {
                Beacon beacon = _beacons[i];
                if (_core.Time.GetElapsedTime(beacon.Start, now) < BeaconTimes[beacon.Sent])
                    continue;
                (due ??= []).Add(beacon.Entry);
                if (++beacon.Sent == BeaconTimes.Length)
                    _beacons.RemoveAt(i);
            }
        }
        foreach (SessionEntry entry in due ?? [])
            SendBeacon(entry);
    }

    private void SendBeacon(SessionEntry entry)
    {
        using PacketWriter writer = _core.Writers.Rent();
        SignsOfLife.Write(writer, entry.Peer, entry.Path, entry.Session);
    }

    private sealed class Beacon(SessionEntry entry, long start)
    {
        public SessionEntry Entry { get; } = entry;

        public long Start { get; } = start;

        public int Sent { get; set; }
    }
}

/// <summary>The packet that shows a peer that this side is alive (spec 01 §7.1, 11 §5).</summary>
internal static class SignsOfLife
{
    // One event of no bytes.
    private static readonly byte[] EmptyEvent = new byte[WireLimits.FrameHeaderBytes];

    /// <summary>A heartbeat; towards a relayed peer, which heartbeats never reach, an empty control message.</summary>
    public static void Write(PacketWriter writer, PeerLink peer, PeerPath path, Session session)
    {
        if (!path.IsRelayed)
        {
            writer.Add(peer, path, session, new PacketHeader { Flags = PacketFlags.Heartbeat }, []);
            return;
        }
        var header = new PacketHeader
        {
            SubprotocolId = SubprotocolId.StreamWindow,
            StreamId = WireLimits.ControlStreamId,
            Sequence = peer.NextControlSequence(),
            EventCount = 1,
        };
        writer.Add(peer, path, session, header, EmptyEvent);
    }
}
