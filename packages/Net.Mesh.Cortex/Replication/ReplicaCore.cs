namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// A node's part in one replicated channel (spec 06 §8). It does no I/O of its own, waits for nothing and has no clock: ticks and
/// messages come in with the time, and what it does goes out through <see cref="IReplicaPorts"/>. For one owner at a time.
/// </summary>
/// <remarks>
/// What nodes of Net.Mesh do beyond 0.27.2, all of it within that protocol: they start by themselves; they elect whoever has the
/// most of the log, whatever its distance; a replica that forgot its leader elects one after three heartbeats (T16); a replica
/// compares its log with a new leader's before it follows, gives way where they differ and says so, or takes the lead when its own
/// goes on where the leader's ends; what a majority holds decides between two leaders, as long as no node of 0.27.2 takes part.
/// </remarks>
internal sealed class ReplicaCore
{
    private static readonly TimeSpan Never = TimeSpan.MinValue;

    private readonly ReplicaParts _parts;
    private readonly RoleMachine _roles;
    private readonly PeerBook _peers;
    private readonly Follower _follower;
    private readonly LeaderDesk _desk;
    private readonly Ballot _ballot;
    private readonly AnnouncedTail _announced = new();
    private TimeSpan _leaderlessSince;
    private TimeSpan _handedOverAt = Never;
    private TimeSpan _saidAt = Never;
    private NodeId? _successor;
    private bool _isClosed;
    private bool _hasWithdrawn;

    public ReplicaCore(ReplicaParts parts, IChainTagSink tags, TimeSpan now)
    {
        _parts = parts;
        _roles = new(parts.Channel.ChainOrigin, tags, parts.Counters);
        _peers = new(parts.Self, parts.Silence);
        _follower = new(parts);
        _desk = new(parts, now);
        _ballot = new(parts, _peers);
    }

    public ReplicaRole Role => _roles.Role;

    public IReplicaTransitionObserver? Observer
    {
        get => _roles.Observer;
        set => _roles.Observer = value;
    }

    /// <summary>The leader it believes in; itself while it leads.</summary>
    public NodeId? Leader => Role == ReplicaRole.Leader ? _parts.Self : _follower.Believed;

    /// <summary>The tail to announce to readers.</summary>
    public ulong AnnouncedTail => _announced.Value;

    /// <summary>The end of what a majority of the members holds, as far as this node knows. It decides between two leaders.</summary>
    public ulong Replicated { get; private set; }

    /// <summary>
    /// The end of what a majority of the members holds and knows to, as this node saw it when it last led. It outlives one fault at
    /// a time: a leader that dies, a member that restarts, a partition, when the members settle before the next. There are no quorums
    /// here, so that two nodes go on when one dies; faults on top of each other may undo it, and then it is reported like all that gives way.
    /// </summary>
    public ulong Secured { get; private set; }

    /// <summary>The number of its last leadership; later ones have higher numbers, also after a restart as long as the clock does not go back.</summary>
    public ulong Term { get; private set; }

    /// <summary>Whether the members should hear something before the next heartbeat is due: that there is more, or that more is safe.</summary>
    public bool HasNews { get; private set; }

    public BandwidthBucket Budget => _desk.Budget;

    public IReadOnlyList<NodeId> Members => _peers.Members;

    public ReplicationChannelStatus Status => new(_parts.Name.ToString(), Role, _parts.Log.NextSeq, Leader, Secured);

    private bool IsMember => _peers.IsMember(_parts.Self);

    /// <summary>Sets who the members are. This node takes part from now on when it is one and its options say so, and no more when it is none.</summary>
    public void SetMembers(IEnumerable<NodeId> members, TimeSpan now)
    {
        _peers.SetMembers(members);
        if (_isClosed)
            return;
        if (_follower.Believed is { } leader && !_peers.IsMember(leader))
            LoseLeader(now);
        if (!IsMember && _parts.Options.StartsByItself)
            TransitionTo(ReplicaRole.Idle, TransitionSignal.ChannelClose, now);
        else if (IsMember && _parts.Options.StartsByItself && Role == ReplicaRole.Idle && !_hasWithdrawn)
            TransitionTo(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, now);
    }

    /// <summary>Changes the role, with all that follows from it.</summary>
    public TransitionOutcome TransitionTo(ReplicaRole target, TransitionSignal signal, TimeSpan now)
    {
        ReplicaRole before = Role;
        TransitionOutcome outcome = _roles.TransitionTo(target, signal, _parts.Log.NextSeq, now);
        if (Role == before)
            return outcome;
        _leaderlessSince = now;
        if (Role is ReplicaRole.Leader or ReplicaRole.Idle)
            _follower.Forget();
        if (Role == ReplicaRole.Leader)
        {
            _ballot.Clear();
            _successor = null;
            Term = Math.Max(Term + 1, _parts.Ports.WallClockMs);
        }
        if (Role == ReplicaRole.Replica && before == ReplicaRole.Idle)
            _hasWithdrawn = false;
        return outcome;
    }

    /// <summary>The heartbeat is due. The first one is a full period after the start.</summary>
    public void OnTick(TimeSpan now)
    {
        _announced.Update(Role, _parts.Log.NextSeq, _peers.HighestTail);
        if (Role == ReplicaRole.Candidate)
            Elect(now);
        if (Role == ReplicaRole.Leader)
        {
            CountMajority();
            // Before the heartbeat: one that claims the role must not arrive behind the one that gives it up.
            HandOverToPinned(now);
        }
        if (Role is ReplicaRole.Leader or ReplicaRole.Replica)
            SayHeartbeat(now);
        if (Role == ReplicaRole.Replica)
            TickAsReplica(now);
        UpdateLag(now);
        _follower.Sweep(now);
    }

    /// <summary>The application appended to the leader's log, or more of a replica's is durable: the members hear of it without waiting for the next heartbeat.</summary>
    public void OnGrown(TimeSpan now)
    {
        if (Role is ReplicaRole.Leader or ReplicaRole.Replica)
            HasNews = true;
        SayNews(now);
    }

    /// <summary>How long news have to wait: they are told not more often than ten times in a heartbeat.</summary>
    public TimeSpan NewsDelay(TimeSpan now)
    {
        if (_saidAt == Never)
            return TimeSpan.Zero;
        TimeSpan delay = _saidAt + (_parts.Options.Heartbeat / 10) - now;
        return delay > TimeSpan.Zero ? delay : TimeSpan.Zero;
    }

    /// <summary>Tells the members what is new, if it is time to.</summary>
    public void SayNews(TimeSpan now)
    {
        if (HasNews && Role is ReplicaRole.Leader or ReplicaRole.Replica && NewsDelay(now) == TimeSpan.Zero)
            SayHeartbeat(now);
    }

    /// <summary>Takes a message; what is malformed, of another channel or not from a member is dropped.</summary>
    public void OnMessage(NodeId sender, ReadOnlyMemory<byte> message, TimeSpan now)
    {
        var before = Said();
        if (_isClosed || sender.Value == 0 || sender == _parts.Self || !TryTake(sender, message, now))
            _parts.Counters.CountDropped();
        else if (Said() != before)
            HasNews = true;
    }

    /// <summary>Ends it: the node is idle for good. Members of Net.Mesh are told, so that they need not wait for the silence.</summary>
    public void Close(TimeSpan now)
    {
        if (_isClosed)
            return;
        bool hasLed = Role == ReplicaRole.Leader;
        TransitionTo(ReplicaRole.Idle, TransitionSignal.ChannelClose, now);
        _isClosed = true;
        if (hasLed)
            SayToOurs(now);
    }

    private bool TryTake(NodeId sender, ReadOnlyMemory<byte> message, TimeSpan now)
    {
        switch (SyncCodec.Peek(message.Span))
        {
            case SyncDispatch.Heartbeat when SyncCodec.Decode(message.Span, out SyncHeartbeat heartbeat).IsNone && IsForUs(sender, heartbeat.Channel):
                OnHeartbeat(sender, heartbeat, now);
                return true;
            case SyncDispatch.Request when SyncCodec.Decode(message.Span, out SyncRequest request).IsNone && IsForUs(sender, request.Channel):
                _desk.Answer(sender, request, () => Role == ReplicaRole.Leader, now);
                return true;
            case SyncDispatch.Response when SyncCodec.Decode(message, out SyncResponse response).IsNone && IsForUs(sender, response.Channel):
                if (Role == ReplicaRole.Replica)
                    Follow(_follower.OnResponse(sender, response, _peers.IsHealthy(sender, now), now), now);
                return true;
            case SyncDispatch.Nack when SyncCodec.Decode(message.Span, out SyncNack nack).IsNone && IsForUs(sender, nack.Channel):
                if (Role == ReplicaRole.Replica)
                    Follow(_follower.OnNack(sender, nack, now), now);
                return true;
            default:
                return false;
        }
    }

    // What the others wait for. A reference node gains nothing from hearing it earlier.
    private (ulong, ulong, bool, ulong) Said() => Role switch
    {
        ReplicaRole.Leader => (Replicated, Secured, true, 0),
        ReplicaRole.Replica => (Replicated, _follower.Term, _follower.Agrees, _parts.Log.DurableSeq),
        _ => default,
    };

    private bool IsForUs(NodeId sender, in ReplicationChannelId channel) => channel == _parts.Channel && _peers.IsMember(sender);

    private void OnHeartbeat(NodeId sender, in SyncHeartbeat heartbeat, TimeSpan now)
    {
        PeerView peer = _peers.Record(sender, heartbeat, now);
        if (Role == ReplicaRole.Idle)
            return;
        if (peer.Role != ReplicaRole.Leader)
        {
            if (Role == ReplicaRole.Leader)
                CountMajority();
            if (Role == ReplicaRole.Replica && _follower.Believed == sender)
                OnLeaderResigned(peer, now);
            return;
        }
        LeaderClaim claim = ClaimOf(peer);
        if (Role == ReplicaRole.Leader)
        {
            if (!claim.Beats(OwnClaim()))
                return;
            TransitionTo(ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved, now);
        }
        if (Role != ReplicaRole.Replica)
            return;
        FollowerVerdict verdict = _follower.Hear(claim, peer.Standing?.Term ?? 0);
        _ballot.Clear();
        _successor = null;
        LearnReplicated();
        if (verdict == FollowerVerdict.None)
            _follower.Pursue(now);
        Follow(verdict, now);
    }

    private void Follow(FollowerVerdict verdict, TimeSpan now)
    {
        switch (verdict)
        {
            case FollowerVerdict.LeaderLost:
                LoseLeader(now);
                break;
            case FollowerVerdict.Ahead:
                // Nothing here contradicts the leader's log and some of it is missing there: it comes back by leading. The claim must not
                // be worse than that of the leader, all of whose log is here.
                LearnReplicated();
                TakeTheLead(now);
                break;
            case FollowerVerdict.Diverged when IsNeededHere():
                TakeTheLead(now);
                break;
            case FollowerVerdict.Diverged:
                Follow(_follower.GiveWay(now), now);
                Replicated = Math.Min(Replicated, _parts.Log.NextSeq);
                Secured = Math.Min(Secured, Replicated);
                break;
            case FollowerVerdict.UnderCapacity:
                MakeRoom(now);
                break;
            case FollowerVerdict.ChannelClosed:
                TransitionTo(ReplicaRole.Idle, TransitionSignal.ChannelClose, now);
                break;
        }
    }

    // What a majority holds does not give way to a leader that has less of it.
    private bool IsNeededHere() => !_peers.KnowsReference
        && _follower.DivergedAt < Replicated
        && _follower.Believed is { } leader && _peers.TryGet(leader, out PeerView? peer) && peer.Standing is { } standing && standing.Replicated < Replicated;

    private void CountMajority()
    {
        ulong own = _parts.Log.NextSeq;
        Replicated = Math.Max(Math.Min(Replicated, own), _peers.HeldByMajority(own, Term));
        Secured = Math.Max(Math.Min(Secured, own), _peers.KnownByMajority(Replicated, Term));
    }

    private void LearnReplicated()
    {
        if (_follower.Agrees && _follower.Believed is { } leader && _peers.TryGet(leader, out PeerView? peer) && peer.Standing is { } standing)
            Replicated = Math.Max(Replicated, Math.Min(standing.Replicated, _parts.Log.NextSeq));
    }

    private void MakeRoom(TimeSpan now)
    {
        if (_parts.Options.OnUnderCapacity == UnderCapacityPolicy.EvictOldest)
        {
            _parts.Log.SweepRetention();
            return;
        }
        TransitionTo(ReplicaRole.Idle, RoleTable.DiskPressureFrom(Role), now);
        _hasWithdrawn = true;
    }

    private void TickAsReplica(TimeSpan now)
    {
        TimeSpan since = _follower.Believed is { } leader && _peers.TryGet(leader, out PeerView? peer) ? peer.LastHeard : _leaderlessSince;
        if (now - since >= _parts.Silence)
            Stand(now);
        else
            _follower.Pursue(now);
    }

    private void OnLeaderResigned(PeerView leader, TimeSpan now)
    {
        bool isNamed = leader.Standing is { } standing && standing.Follows == _parts.Self;
        LearnReplicated();
        LoseLeader(now);
        if (isNamed)
            _ballot.PassOver(leader.Node);
        if (isNamed || (leader.Role == ReplicaRole.Idle && leader.Standing is not null))
            Stand(now);
    }

    private void LoseLeader(TimeSpan now)
    {
        _follower.Forget();
        _leaderlessSince = now;
    }

    private void Stand(TimeSpan now)
    {
        TransitionTo(ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats, now);
        Elect(now);
    }

    private void Elect(TimeSpan now)
    {
        NodeId? winner = _ballot.Choose(now);
        _follower.Forget();
        if (winner == _parts.Self)
            Lead(now);
        else
            TransitionTo(ReplicaRole.Replica, TransitionSignal.ElectionLost, now);
    }

    private void TakeTheLead(TimeSpan now)
    {
        TransitionTo(ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats, now);
        Lead(now);
    }

    private void Lead(TimeSpan now)
    {
        TransitionTo(ReplicaRole.Leader, TransitionSignal.ElectionWon, now);
        SayHeartbeat(now);
    }

    // The role goes to the pinned leader once that node has all of the log. A node of 0.27.2 would not take it.
    private void HandOverToPinned(TimeSpan now)
    {
        if (_parts.Options.PinnedLeader is not { } pinned || pinned == _parts.Self || !_peers.IsMember(pinned) || !_peers.IsHealthy(pinned, now))
            return;
        if (_handedOverAt != Never && now - _handedOverAt < _parts.Options.Heartbeat * 10)
            return;
        if (!_peers.TryGet(pinned, out PeerView? peer) || peer.Role != ReplicaRole.Replica || peer.Tail != _parts.Log.NextSeq)
            return;
        if (peer.Standing is not { Agrees: true } standing || standing.Follows != _parts.Self)
            return;
        _handedOverAt = now;
        TransitionTo(ReplicaRole.Idle, TransitionSignal.GracefulRelinquish, now);
        TransitionTo(ReplicaRole.Replica, TransitionSignal.CapabilitySelected, now);
        _successor = pinned;
    }

    private LeaderClaim ClaimOf(PeerView peer) => new(peer.Node, peer.Tail, _peers.KnowsReference ? 0 : peer.Standing?.Replicated ?? 0);

    private LeaderClaim OwnClaim() => new(_parts.Self, _parts.Log.NextSeq, _peers.KnowsReference ? 0 : Replicated);

    private void SayHeartbeat(TimeSpan now)
    {
        _saidAt = now;
        HasNews = false;
        byte[] heartbeat = Heartbeat();
        foreach (NodeId member in _peers.Others)
            _parts.Ports.TrySend(member, heartbeat);
    }

    private void SayToOurs(TimeSpan now)
    {
        _saidAt = now;
        byte[] heartbeat = Heartbeat();
        foreach (PeerView peer in _peers.Heard.Where(static peer => peer.Standing is not null))
            _parts.Ports.TrySend(peer.Node, heartbeat);
    }

    private byte[] Heartbeat()
    {
        ulong tail = Role == ReplicaRole.Leader ? _parts.Log.NextSeq : _parts.Log.DurableSeq;
        ulong term = Role == ReplicaRole.Leader ? Term : _follower.Term;
        var standing = new SyncStanding(Leader ?? _successor ?? default, _follower.Agrees, _peers.HearsReference, Replicated, term);
        return SyncCodec.Encode(new SyncHeartbeat(_parts.Channel, tail, Role, _parts.Ports.WallClockMs, standing));
    }

    private void UpdateLag(TimeSpan now)
    {
        if (Role == ReplicaRole.Leader && _peers.Heard.Any())
            _parts.Counters.SetLeaderLag(_peers.Heard.Max(peer => now - peer.LastHeard));
        else if (Role == ReplicaRole.Replica && _follower.Believed is { } leader && _peers.TryGet(leader, out PeerView? peer))
            _parts.Counters.SetReplicaLag(now - peer.LastHeard);
    }
}
