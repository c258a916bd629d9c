namespace Net.Mesh.Cortex.Replication;

/// <summary>What a replica has to do after it heard of its leader.</summary>
internal enum FollowerVerdict
{
    /// <summary>Nothing but to go on.</summary>
    None,

    /// <summary>The leader is none.</summary>
    LeaderLost,

    /// <summary>The logs differ from <see cref="Follower.DivergedAt"/> on.</summary>
    Diverged,

    /// <summary>This log goes on where the leader's ends.</summary>
    Ahead,

    /// <summary>The log could not take the events.</summary>
    UnderCapacity,

    /// <summary>The leader closed the channel.</summary>
    ChannelClosed,
}

/// <summary>
/// A replica's side: whom it believes, whether the logs agree, what it asks for and what it does with the answers (spec 06 §8.7,
/// §8.10). One request is on its way at a time; an answer with events is followed by the next request at once, so that a replica
/// catches up at the pace of the network and not of the heartbeats. For one owner at a time.
/// </summary>
internal sealed class Follower(ReplicaParts parts)
{
    private const int MaxSlowdown = 3;

    private readonly LeaderTracker _tracker = new();
    private readonly RequestLedger _ledger = new();
    private readonly CatchUpBackoff _backoff = new();
    private readonly OverlapSearch _overlap = new(parts.Log);
    private ulong? _agreesUpTo;
    private ulong _delivered;
    private (ulong Id, TimeSpan At)? _inFlight;
    private int _unanswered;
    private int _chunk = parts.Options.MaxResponseBytes;

    public NodeId? Believed => _tracker.Believed;

    /// <summary>Whether this log is known to be a part of the believed leader's; no more once somebody else appended to it.</summary>
    public bool Agrees => _agreesUpTo == parts.Log.NextSeq;

    public ulong DivergedAt => _overlap.DivergedAt;

    /// <summary>The term of the leader's that this log agrees with; 0 for none.</summary>
    public ulong Term { get; private set; }

    /// <summary>Takes a leader's heartbeat. A leader that has lost and regained its role in the meantime may have another log: it is compared anew.</summary>
    public FollowerVerdict Hear(in LeaderClaim claim, ulong term)
    {
        NodeId? before = Believed;
        if (_tracker.Hear(claim) || (Believed == claim.Node && Term != term))
        {
            Begin(before);
            Term = term;
        }
        if (Believed != claim.Node)
            return FollowerVerdict.None;
        if (!Agrees && _overlap.NextFrom(claim.Tail) is null)
            Agree();
        // What the leader itself delivered is not more than it has, whatever an older heartbeat of its says.
        return Agrees && parts.Log.NextSeq > Math.Max(claim.Tail, _delivered) ? FollowerVerdict.Ahead : FollowerVerdict.None;
    }

    public void Forget()
    {
        NodeId? before = Believed;
        _tracker.Forget();
        Begin(before);
    }

    public void Sweep(TimeSpan now) => _backoff.Sweep(now);

    /// <summary>Asks for what is missing, unless a request is on its way or the leader is left alone.</summary>
    public void Pursue(TimeSpan now)
    {
        if (Believed is not { } leader || leader == parts.Self || _backoff.IsHeldBack(leader, now) || IsWaiting(now))
            return;
        if (Next() is not { } since || !parts.Ports.TryNewRequestId(out ulong id))
            return;
        ReplicaPeerFacts facts = parts.Ports.FactsOf(leader);
        if (_inFlight is not null)
        {
            _unanswered++;
            // A long answer is lost whole when one of its packets is.
            _chunk = Math.Max(_chunk / 4, SyncCodec.PacketBudgetBytes);
        }
        uint most = facts.TakesLargeMessages ? (uint)_chunk : SyncCodec.PacketBudgetBytes;
        _inFlight = (id, now);
        _ledger.Add(leader, id, since, now);
        parts.Ports.TrySend(leader, SyncCodec.Encode(new SyncRequest(parts.Channel, since, most, id, parts.Options.DefaultBandwidthClass)));
    }

    public FollowerVerdict OnResponse(NodeId sender, in SyncResponse response, bool isFresh, TimeSpan now)
    {
        if (!TryConsume(sender, response.RequestId, now, out ulong since))
            return FollowerVerdict.None;
        if (response.Events.Count > 0)
            _chunk = (int)Math.Min(_chunk * 2L, parts.Options.MaxResponseBytes);
        FollowerVerdict verdict = Agrees ? Take(sender, response, isFresh, now) : Compare(sender, response, since, isFresh, now);
        if (verdict == FollowerVerdict.None && response.Events.Count > 0)
            Pursue(now);
        return verdict;
    }

    public FollowerVerdict OnNack(NodeId sender, in SyncNack nack, TimeSpan now)
    {
        if (Believed != sender || !TryConsume(sender, nack.RequestId, now, out ulong since))
        {
            if (Believed != sender)
                parts.Counters.CountDropped();
            return FollowerVerdict.None;
        }
        parts.Ports.OnRefused(sender, nack);
        switch (nack.Code)
        {
            case SyncNackCode.NotLeader:
                return FollowerVerdict.LeaderLost;
            case SyncNackCode.ChannelClosed:
                return FollowerVerdict.ChannelClosed;
            case SyncNackCode.BadRange:
                ulong target = nack.LeaderFirstRetained == 0 ? since + 1 : nack.LeaderFirstRetained;
                if (since == parts.Log.NextSeq && target > since)
                    return SkipTo(target);
                _backoff.Strike(sender, now);
                return FollowerVerdict.None;
            default:
                return FollowerVerdict.None;
        }
    }

    /// <summary>Lets this log's events from the first that differs give way to the leader's, after they were reported.</summary>
    public FollowerVerdict GiveWay(TimeSpan now)
    {
        ulong from = DivergedAt;
        ulong end = parts.Log.NextSeq;
        if (Believed is not { } leader || from >= end)
            return FollowerVerdict.None;
        parts.Counters.CountDivergence(end - from);
        parts.Ports.OnDiverged(new(parts.Name, leader, from, end, EventsBetween(from, end)));
        try
        {
            parts.Log.RewindTo(from);
        }
        catch (RedexException e)
        {
            parts.Ports.OnNotApplied(leader, ApplyOutcome.Failed, e);
            return FollowerVerdict.UnderCapacity;
        }
        Agree();
        _delivered = Math.Max(_delivered, from);
        Pursue(now);
        return FollowerVerdict.None;
    }

    private void Agree()
    {
        _agreesUpTo = parts.Log.NextSeq;
        _overlap.Reset();
    }

    private void Begin(NodeId? before)
    {
        if (before is { } old)
            _ledger.Forget(old);
        _overlap.Reset();
        _inFlight = null;
        _unanswered = 0;
        _delivered = 0;
        _agreesUpTo = null;
        Term = 0;
    }

    // What stays unanswered is asked for less and less often: a long answer may still be on its way.
    private bool IsWaiting(TimeSpan now) =>
        _inFlight is { } sent && now - sent.At < parts.Options.Heartbeat * (1 << Math.Min(_unanswered, MaxSlowdown));

    private ulong? Next()
    {
        if (!Agrees)
        {
            if (_overlap.NextFrom(_tracker.Tail) is { } from)
                return from;
            // A log that goes on where the leader's ended agrees only until the leader goes on as well: its next heartbeat tells.
            if (parts.Log.NextSeq > _tracker.Tail)
                return null;
            Agree();
        }
        ulong own = parts.Log.NextSeq;
        return _tracker.Tail > own ? own : null;
    }

    private bool TryConsume(NodeId sender, ulong id, TimeSpan now, out ulong since)
    {
        if (!_ledger.TryConsume(sender, id, now, out since) || Believed != sender)
        {
            parts.Counters.CountDropped();
            return false;
        }
        if (_inFlight?.Id == id)
            _inFlight = null;
        _unanswered = 0;
        return true;
    }

    private FollowerVerdict Compare(NodeId leader, in SyncResponse response, ulong since, bool isFresh, TimeSpan now)
    {
        if (ChunkApplier.CheckOrder(response) is var order && order != ApplyOutcome.Applied)
        {
            parts.Ports.OnNotApplied(leader, order, null);
            return FollowerVerdict.None;
        }
        if (response.Events.Count == 0)
        {
            // It has less than its heartbeat said; the next one says how much.
            _overlap.Reset();
            if (isFresh)
                _backoff.Strike(leader, now);
            return FollowerVerdict.None;
        }
        switch (_overlap.Compare(response, since, _tracker.Tail))
        {
            case Overlap.Diverged:
                return FollowerVerdict.Diverged;
            case Overlap.Agrees:
                Agree();
                _delivered = Math.Max(_delivered, response.Events[^1].Seq + 1);
                if (parts.Log.NextSeq > Math.Max(_tracker.Tail, _delivered))
                    return FollowerVerdict.Ahead;
                return Take(leader, WithoutOwn(response), isFresh, now);
            default:
                return FollowerVerdict.None;
        }
    }

    private SyncResponse WithoutOwn(in SyncResponse response)
    {
        ulong own = parts.Log.NextSeq;
        if (response.FirstSeq >= own)
            return response;
        SyncEvent[] rest = [.. response.Events.Where(e => e.Seq >= own)];
        return response with { FirstSeq = own, Events = rest };
    }

    private FollowerVerdict Take(NodeId leader, in SyncResponse response, bool isFresh, TimeSpan now)
    {
        ApplyOutcome outcome = ChunkApplier.Apply(parts.Log, response, out RedexException? failure);
        if (outcome == ApplyOutcome.GapBeforeChunk)
        {
            FollowerVerdict skipped = SkipTo(response.FirstSeq);
            if (skipped != FollowerVerdict.None)
                return skipped;
            outcome = ChunkApplier.Apply(parts.Log, response, out failure);
        }
        switch (outcome)
        {
            case ApplyOutcome.Applied:
                _agreesUpTo = response.Events[^1].Seq + 1;
                _delivered = Math.Max(_delivered, response.Events[^1].Seq + 1);
                _backoff.Progress(leader);
                parts.Log.RequestSync();
                return FollowerVerdict.None;
            case ApplyOutcome.Empty:
                if (isFresh && _tracker.Tail > parts.Log.NextSeq)
                    _backoff.Strike(leader, now);
                return FollowerVerdict.None;
            case ApplyOutcome.Failed:
                parts.Ports.OnNotApplied(leader, outcome, failure);
                parts.Counters.CountUnderCapacity();
                return FollowerVerdict.UnderCapacity;
            default:
                parts.Ports.OnNotApplied(leader, outcome, failure);
                return FollowerVerdict.None;
        }
    }

    // The leader has dropped what is in between; this log drops what lies before it, as a log has no holes.
    private FollowerVerdict SkipTo(ulong seq)
    {
        parts.Counters.CountSkipAhead();
        try
        {
            parts.Log.SkipTo(seq);
            _agreesUpTo = seq;
            return FollowerVerdict.None;
        }
        catch (RedexException e)
        {
            parts.Ports.OnNotApplied(Believed ?? default, ApplyOutcome.Failed, e);
            parts.Counters.CountUnderCapacity();
            return FollowerVerdict.UnderCapacity;
        }
    }

    private IEnumerable<DivergentEvent> EventsBetween(ulong from, ulong end)
    {
        const long pageBytes = 1024 * 1024;
        var page = new List<SyncEvent>();
        while (from < end)
        {
            page.Clear();
            parts.Log.Read(from, end, pageBytes, page);
            if (page.Count == 0)
                yield break;
            foreach (SyncEvent e in page)
                yield return new(e.Seq, e.Payload);
            from = page[^1].Seq + 1;
        }
    }
}
