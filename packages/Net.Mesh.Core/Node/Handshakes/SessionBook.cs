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
/// answered, secure   → tentative → (first packet authenticates) → current, if it ranks above the one that is there
/// answered, 0.27     → current at once; the peer may have nothing to say for minutes
/// dialled            → current at once when there is no confirmed one; otherwise tentative until the peer has answered under it
/// current            → retiring for 10 s when another takes its place → wiped
/// </code>
/// Which of two sessions stays, and whether the streams go on, both sides read from the handshakes (<see cref="SessionRank"/>,
/// <see cref="Continuity"/>). Peers of other makes that do not say it are judged by the order of events.
/// </remarks>
internal sealed class SessionBook
{
    /// <summary>How far a handshake may travel.</summary>
    public const byte HandshakeTtl = 16;

    private const int RememberedSecureIds = 65_536;
    private static readonly TimeSpan RetiringTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CrossingGrace = TimeSpan.FromSeconds(2);

    private readonly NodeCore _core;
    private readonly Lock _gate = new();
    private readonly LinkedList<SessionEntry> _tentative = new();
    private readonly List<SessionEntry> _retiring = [];
    private readonly Beacons _beacons;
    private readonly Incarnations _incarnations = new();
    private readonly RecentSet<NodeId> _secureIds = new(RememberedSecureIds);
    private readonly RecentSet<NodeId> _warnedIds = new(1024);

    public SessionBook(NodeCore core)
    {
        _core = core;
        _beacons = new(core);
    }

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
                return _tentative.Count == 0 && _retiring.Count == 0 && _beacons.IsIdle;
        }
    }

    /// <summary>Whether a node was once seen over the secure profile, after which it is never taken for a peer of Net 0.27 again.</summary>
    public bool WasSecure(NodeId id)
    {
        lock (_gate)
            return _secureIds.Contains(id);
    }

    /// <summary>What this node remembers of another, to be said in a handshake.</summary>
    public Continuity ContinuityFor(NodeId id)
    {
        lock (_gate)
            return OwnContinuity(id);
    }

    /// <summary>A session whose answer this node has just verified. The dial ends here when the session is usable.</summary>
    public DialInstall InstallDialled(Dial dial, in HandshakeClaim claim, SessionKeys keys, PeerPath path, long now)
    {
        SessionEntry? entry;
        Promotion promotion = default;
        bool waits;
        lock (_gate)
        {
            // What was said of this side's memory is no longer true: the peer must not go on with streams that are gone.
            if (claim.Continuity is not null && OwnContinuity(claim.NodeId).Incarnation != dial.Said.Incarnation)
                return DialInstall.Outdated;
            // Together, so that a peer that is just being forgotten does not get a session nobody finds.
            PeerLink? peer = PeerFor(claim.NodeId, path);
            if (peer is null)
                return DialInstall.TooManyPeers;
            entry = AddSession(peer, claim, dial.Said, keys, path, now, begunAt: dial.BeganAt, isInitiator: true, renews: IsRenewed(dial, claim, peer));
            if (entry is null)
                return DialInstall.Outdated;
            if (claim.IsSecure)
                _beacons.Start(entry, now);
            else
                entry.Session.IsConfirmed = true;
            waits = entry.Rank is null ? entry.Renews : peer.Current is { IsSecure: true, IsConfirmed: true };
            if (waits)
                Wait(entry, dial);
            else
                promotion = Promote(entry, now);
            peer.StaticKey = dial.PublicKey;
        }
        _beacons.SendDue(now);
        Changed?.Invoke();
        if (waits)
            return DialInstall.Unconfirmed;
        Announce(entry, promotion);
        Confirmed?.Invoke(entry.Peer, entry);
        dial.Done.TrySetResult(entry.Peer);
        return DialInstall.Done;
    }

    /// <summary>Whether a first message renews a session that this node has, so that streams go on.</summary>
    public bool CanRenew(in HandshakeClaim claim)
    {
        lock (_gate)
            return claim.IsSecure && _core.Peers.TryGet(claim.NodeId, out PeerLink? peer) && IsKnownTo(peer, claim.Renews);
    }

    /// <summary>A session whose first message this node has verified and is about to answer.</summary>
    /// <param name="claim">What the first message says.</param>
    /// <param name="renews">Whether the answer says that this session renews the one that the first message names.</param>
    /// <param name="said">What the answer says of this node's memory.</param>
    /// <param name="keys">The session's keys.</param>
    /// <param name="path">How the first message came in.</param>
    /// <param name="now">The present timestamp.</param>
    public DropReason? InstallAnswered(in HandshakeClaim claim, bool renews, in Continuity said, SessionKeys keys, PeerPath path, long now)
    {
        PeerLink? peer;
        SessionEntry? entry;
        Promotion promotion = default;
        lock (_gate)
        {
            if (!claim.IsSecure && _core.Peers.TryGet(claim.NodeId, out PeerLink? known) && known.Current is { IsSecure: true })
                return DropReason.ReferenceRefused;
            peer = PeerFor(claim.NodeId, path);
            if (peer is null)
                return DropReason.TooManyPeers;
            // The answer has said already what this side remembers: if that changed in this moment, it must not be sent.
            if ((renews && !IsKnownTo(peer, claim.Renews)) || peer.Incarnation != said.Incarnation)
                return DropReason.HandshakeFailed;
            entry = AddSession(peer, claim, said, keys, path, now, begunAt: now, isInitiator: false, renews);
            if (entry is null)
                return DropReason.HandshakeReplayed;
            if (claim.IsSecure)
            {
                Wait(entry, null);
                while (_tentative.Count > _core.Options.MaxTentativeSessions)
                    DropTentative(_tentative.First!.Value);
            }
            else
            {
                entry.Session.IsConfirmed = true;
                promotion = Promote(entry, now);
            }
        }
        if (claim.IsSecure)
        {
            Changed?.Invoke();
            return null;
        }
        Announce(entry, promotion);
        Confirmed?.Invoke(peer, entry);
        return null;
    }

    /// <summary>The first packet under a session has authenticated: the peer holds its keys.</summary>
    public void Confirm(SessionEntry entry, long now)
    {
        bool isNew;
        Promotion promotion = default;
        lock (_gate)
        {
            if (entry.Session.IsConfirmed)
                return;
            entry.Session.IsConfirmed = true;
            entry.Session.ConfirmedAt = now;
            _beacons.Stop(entry);
            // A session that was let go meanwhile does not come back by a late packet.
            isNew = _tentative.Remove(entry);
            _secureIds.Add(entry.Peer.Id);
            if (isNew)
                promotion = Promote(entry, now);
        }
        // The responder answers the confirming packet, so that the initiator knows too.
        if (!entry.Session.Facts.IsInitiator)
            _beacons.SendOne(entry);
        entry.Waiting?.Done.TrySetResult(entry.Peer);
        if (!isNew)
            return;
        Announce(entry, promotion);
        Confirmed?.Invoke(entry.Peer, entry);
    }

    /// <summary>
    /// A packet came under a session that lost to one made at the same time. When the peer goes on using it, and not the winner, the
    /// two sides saw different things, or it restarted: then this side follows the peer.
    /// </summary>
    public void OnHeardUnderLoser(SessionEntry entry, long now)
    {
        Promotion promotion = default;
        lock (_gate)
        {
            long lostAt = entry.RetiresAt - _core.Ticks(RetiringTime);
            if (!entry.HasLostCrossing || !entry.StillOpens || entry.Peer.Current is not { } winner
                || winner.LastAuthenticated > lostAt || _core.Time.GetElapsedTime(lostAt, now) < CrossingGrace)
                return;
            entry.HasLostCrossing = false;
            entry.RetiresAt = 0;
            _retiring.Remove(entry);
            promotion = Promote(entry, now, mayCross: false);
        }
        Announce(entry, promotion);
        Confirmed?.Invoke(entry.Peer, entry);
    }

    /// <summary>Whether a session that this side dialled to renew another waits for the peer's first packet.</summary>
    public bool IsRenewing(PeerLink peer)
    {
        lock (_gate)
            return _tentative.Any(entry => entry.Peer == peer && (entry.Renews || entry.Session.Facts.IsInitiator));
    }

    /// <summary>
    /// A packet came under a session that a crossing dial of Net 0.27 replaced. That profile says nothing of which of the two stays,
    /// so the peer's choice is taken.
    /// </summary>
    public void Follow(SessionEntry entry, long now)
    {
        lock (_gate)
        {
            if (entry.Peer.Current is not { IsSecure: false } other || other == entry.Session || !_retiring.Remove(entry))
                return;
            entry.RetiresAt = 0;
            entry.Peer.Current = entry.Session;
            Retire(other, now, stillOpens: true);
        }
    }

    /// <summary>Repeats confirmations, and lets go what is over.</summary>
    public void Tick(long now)
    {
        lock (_gate)
        {
            for (LinkedListNode<SessionEntry>? node = _tentative.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (IsOver(node.Value, now))
                    DropTentative(node.Value);
            }
            for (int i = _retiring.Count - 1; i >= 0; i--)
            {
                if (_retiring[i].RetiresAt > now)
                    continue;
                _core.Peers.RemoveSession(_retiring[i]);
                _retiring.RemoveAt(i);
            }
        }
        _beacons.SendDue(now);
    }

    /// <summary>Forgets a peer and everything with it.</summary>
    public void Forget(PeerLink peer)
    {
        lock (_gate)
        {
            _incarnations.Forget(peer.Id);
            peer.Current = null;
            long now = _core.Time.GetTimestamp();
            foreach (SessionEntry entry in _core.Peers.Sessions)
            {
                if (entry.Peer != peer)
                    continue;
                _tentative.Remove(entry);
                Retire(entry, now, stillOpens: false);
            }
            _core.Peers.Remove(peer);
        }
        Forgotten?.Invoke(peer);
    }

    /// <summary>The node stops: no peer has a session any more, and every key is wiped, those of sessions that were just replaced too.</summary>
    public void Close()
    {
        lock (_gate)
        {
            foreach (PeerLink peer in _core.Peers.All)
                peer.Current = null;
            foreach (PeerLink peer in _core.Peers.All)
                peer.Streams.Clear(StreamEnd.Closed);
            foreach (SessionEntry entry in _core.Peers.Sessions.Concat(_retiring).ToArray())
                _core.Peers.RemoveSession(entry);
            _retiring.Clear();
            _tentative.Clear();
            _beacons.StopAll();
        }
    }

    // A peer that has taken a renewal shows it by its next heartbeat at the latest, if nothing is lost; this waits for two more.
    private bool IsOver(SessionEntry entry, long now)
    {
        TimeSpan patience = _core.Options.HandshakeTimeout;
        if (entry.Session.Facts.IsInitiator)
            patience += 3 * _core.Options.HeartbeatInterval;
        return _core.Time.GetElapsedTime(entry.Session.Facts.CreatedAt, now) > patience;
    }

    // The current session, or one that was renewed a moment ago: the initiator may not have heard yet that it was (11 §6).
    private bool IsKnownTo(PeerLink peer, ulong? renews) =>
        renews is { } id && peer.Current is { IsConfirmed: true, IsSecure: true } current
        && (current.Id == id || _retiring.Any(entry => entry.Session.Id == id && entry.Peer == peer && entry.StillOpens));

    // A peer that orders streams says whether it knew the session; one that restarted did not. Others do not say.
    private static bool IsRenewed(Dial dial, in HandshakeClaim claim, PeerLink peer) =>
        dial.Renews is { } old && claim.IsSecure && peer.Current?.Id == old
        && (claim.Renews == old || (claim.Flags & SecureProfileFlags.OrderedStreams) == 0);

    private PeerLink? PeerFor(NodeId id, PeerPath path) =>
        _core.Peers.GetOrAdd(id, _ => new PeerLink(id, path, _core.CreateStreams()) { Incarnation = _incarnations.For(id) });

    private Continuity OwnContinuity(NodeId id) =>
        _core.Peers.TryGet(id, out PeerLink? peer) ? new(peer.Incarnation, peer.SessionClock) : new(_incarnations.For(id), 0);

    private SessionEntry? AddSession(
        PeerLink peer, in HandshakeClaim claim, in Continuity said, SessionKeys keys, PeerPath path, long now, long begunAt, bool isInitiator, bool renews)
    {
        SecurityLevel security = claim.IsSecure ? SecurityLevel.Secure : SecurityLevel.Reference;
        var session = new Session(keys, new SessionFacts(isInitiator, security, claim.Flags, claim.Entity, now));
        SessionRank? rank = null;
        if (claim.Continuity is { } heard)
        {
            bool isOfSmallerId = isInitiator == _core.Identity.NodeId < peer.Id;
            rank = SessionRank.Of(said, heard, isOfSmallerId, session.Id);
            renews = heard.Incarnation == peer.PeerIncarnation;
        }
        var entry = new SessionEntry(session, peer) { Path = path, BegunAt = begunAt, Renews = renews, Rank = rank, PeerIncarnation = claim.Continuity?.Incarnation };
        if (!_core.Peers.TryAddSession(entry))
        {
            session.Dispose();
            return null;
        }
        // Whoever shakes hands from now on knows of this one.
        if (rank is { } known)
            peer.SessionClock = Math.Max(peer.SessionClock, known.Height);
        return entry;
    }

    private void Wait(SessionEntry entry, Dial? dial)
    {
        entry.Waiting = dial;
        _tentative.AddLast(entry);
    }

    // The caller holds the gate, and announces what came of it when it no longer does: who is told may have locks of its own.
    private Promotion Promote(SessionEntry entry, long now, bool mayCross = true) =>
        entry.Rank is { } rank && CurrentEntry(entry.Peer) is not { Session.IsSecure: true, Rank: null }
            ? PromoteRanked(entry, rank, now)
            : PromoteUnranked(entry, now, mayCross);

    private Promotion PromoteRanked(SessionEntry entry, in SessionRank rank, long now)
    {
        PeerLink peer = entry.Peer;
        SessionEntry? old = CurrentEntry(peer);
        bool isSameLife = peer.PeerIncarnation == entry.PeerIncarnation;
        bool isUnsure = old is { Session.IsConfirmed: false } && entry.Session.IsConfirmed;
        if (old?.Rank is { } oldRank && !isUnsure && rank.CompareTo(oldRank) < 0)
        {
            // What an earlier life of the peer began opens nothing any more.
            Retire(entry, now, stillOpens: isSameLife);
            return Promotion.None;
        }
        bool isRestart = !isSameLife && peer.PeerIncarnation is not null;
        if (isRestart)
        {
            LetGoOfOtherLives(entry, now);
            peer.Streams.StartOver(peerIsKnownToForget: true);
        }
        peer.PeerIncarnation = entry.PeerIncarnation;
        BecomeCurrent(entry);
        if (old is not null && isUnsure && isSameLife)
            _tentative.AddLast(old);
        else if (old is not null)
            Retire(old, now, stillOpens: isSameLife);
        bool isRenewal = isSameLife && old is not null;
        if (!isRenewal)
            peer.Status = NodeStatus.Healthy;
        return isRenewal ? Promotion.Renewed : isRestart ? Promotion.Restarted : Promotion.Joined;
    }

    private void BecomeCurrent(SessionEntry entry)
    {
        PeerLink peer = entry.Peer;
        peer.Current = entry.Session;
        _core.Peers.SetPath(peer, entry.Path);
        _core.Routes.AddDirect(peer.Id, entry.Path.Address);
        Interlocked.Increment(ref _core.Counters.HandshakesCompleted);
    }

    private SessionEntry? CurrentEntry(PeerLink peer) =>
        peer.Current is { } session && _core.Peers.TryGetSession(session.Id, out SessionEntry? entry) ? entry : null;

    private void LetGoOfOtherLives(SessionEntry kept, long now)
    {
        foreach (SessionEntry entry in _core.Peers.Sessions.Where(entry => entry.Peer == kept.Peer && entry.PeerIncarnation != kept.PeerIncarnation).ToArray())
        {
            _tentative.Remove(entry);
            Retire(entry, now, stillOpens: false);
            entry.Waiting?.Done.TrySetResult(entry.Peer);
        }
    }

    private Promotion PromoteUnranked(SessionEntry entry, long now, bool mayCross)
    {
        PeerLink peer = entry.Peer;
        Session? old = peer.Current;
        if (mayCross && old is not null && old != entry.Session && IsCrossing(old, entry, now))
        {
            // Both dialled at once: both sides keep the session whose initiator has the smaller id (11 §5).
            bool ownIsSmaller = _core.Identity.NodeId < peer.Id;
            bool keepsOld = old.Facts.IsInitiator == ownIsSmaller;
            Session loser = keepsOld ? entry.Session : old;
            if (_core.Peers.TryGetSession(loser.Id, out SessionEntry? lost))
            {
                lost.HasLostCrossing = true;
                Retire(lost, now, stillOpens: true);
            }
            if (!keepsOld)
                peer.Current = entry.Session;
            return Promotion.None;
        }
        bool isCrossedReference = old is { IsSecure: false } && !entry.Session.IsSecure && AreOfBothSides(old, entry.Session, now, _core.Options.HandshakeTimeout);
        bool isRestart = old is not null && !entry.Renews && !isCrossedReference;
        if (isRestart)
        {
            LetGoOfEarlier(entry, now);
            peer.Streams.StartOver(peerIsKnownToForget: false);
        }
        BecomeCurrent(entry);
        if (old is not null)
            Retire(old, now, stillOpens: entry.Renews || isCrossedReference);
        if (!entry.Renews)
            peer.Status = NodeStatus.Healthy;
        return entry.Renews ? Promotion.Renewed : isRestart ? Promotion.Restarted : Promotion.Joined;
    }

    // What is older than a restart opens nothing any more: not the sessions that were renewed before it, nor a renewal that it overtook.
    private void LetGoOfEarlier(SessionEntry restarted, long now)
    {
        foreach (SessionEntry entry in _tentative.Where(entry => entry.Peer == restarted.Peer && entry.Renews).ToArray())
        {
            _tentative.Remove(entry);
            Retire(entry, now, stillOpens: false);
            entry.Waiting?.Done.TrySetResult(entry.Peer);
        }
        foreach (SessionEntry entry in _retiring.Where(entry => entry.Peer == restarted.Peer && entry.StillOpens).ToArray())
            Retire(entry, now, stillOpens: false);
    }

    // A handshake that began after the peer had used the old session crosses nothing: the peer has restarted, or dials anew.
    private bool IsCrossing(Session old, SessionEntry created, long now) =>
        old.IsSecure && created.Session.IsSecure
        && (old.ConfirmedAt == 0 || created.BegunAt <= old.ConfirmedAt)
        // With lost messages the attempts of the two dials overlap for longer than one of them lasts.
        && AreOfBothSides(old, created.Session, now, _core.Options.HandshakeTimeout * (_core.Options.HandshakeAttempts + 1));

    private bool AreOfBothSides(Session old, Session created, long now, TimeSpan maxAge) =>
        old.Facts.IsInitiator != created.Facts.IsInitiator
        && _core.Time.GetElapsedTime(old.Facts.CreatedAt, now) < maxAge
        && _core.Time.GetElapsedTime(created.Facts.CreatedAt, now) < maxAge;

    private void Announce(SessionEntry entry, Promotion promotion)
    {
        PeerLink peer = entry.Peer;
        if (promotion == Promotion.None)
            return;
        if (promotion == Promotion.Renewed)
        {
            Interlocked.Increment(ref _core.Counters.SessionsRenewed);
            _core.Events.Raise(peer, PeerChange.Renewed);
            return;
        }
        _core.Log.PeerJoined(peer.Id, entry.Path.Address, entry.Session.Facts.Security, entry.Path.IsRelayed ? "relayed" : "direct");
        if (!entry.Session.IsSecure && _warnedIds.Add(peer.Id))
            _core.Log.ReferencePeer(peer.Id);
        _core.Events.Raise(peer, promotion == Promotion.Restarted ? PeerChange.Restarted : PeerChange.Joined);
    }

    // Keys live a little longer than the session: a sender may be about to seal with them.
    private void Retire(Session session, long now, bool stillOpens)
    {
        if (_core.Peers.TryGetSession(session.Id, out SessionEntry? entry))
            Retire(entry, now, stillOpens);
    }

    private void Retire(SessionEntry entry, long now, bool stillOpens)
    {
        _beacons.Stop(entry);
        entry.StillOpens = stillOpens;
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
        Retire(entry, _core.Time.GetTimestamp(), stillOpens: false);
        // A peer that never proved itself leaves nothing behind.
        if (entry.Peer.Current is null && !_tentative.Any(other => other.Peer == entry.Peer))
            _core.Peers.Remove(entry.Peer);
    }

    private enum Promotion
    {
        None,
        Joined,
        Restarted,
        Renewed,
    }
}
