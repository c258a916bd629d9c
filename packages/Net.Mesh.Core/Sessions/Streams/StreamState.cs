using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>
/// One lifetime of a stream with a peer, both directions. <see cref="Gate"/> guards its state; <see cref="SendGate"/> makes
/// sends follow one another and is taken before it; <see cref="DeliveryGate"/> keeps deliveries in order and is taken before it
/// too.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore has no wait handle, so there is nothing to dispose.")]
internal sealed class StreamState
{
    private const int MaxGrantRepeats = 4;
    private static readonly TimeSpan FarAheadPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstGrantRepeat = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time;
    private readonly StreamLimits _limits;
    private readonly PacketBufferPool _pool;
    private bool _isOpened;
    private bool? _receivesReliably;
    private bool _hasReceived;
    private ulong _delivered;
    private ulong _withheldCredit;
    private ulong _announcedConsumed;
    private ulong? _finalSequence;
    private FragmentAssembler? _assembler;
    private long _lastArrival;
    private int _grantRepeats;
    private FragmentOutcome? _lastFragmentOutcome;

    public StreamState(ulong id, uint epoch, StreamOptions options, StreamLimits limits, TimeProvider time, PacketBufferPool pool)
    {
        Id = id;
        Epoch = epoch;
        Options = options;
        _limits = limits;
        _time = time;
        _pool = pool;
        Sender = new(options, limits.Timings, time, pool);
        Receiver = new(pool);
        LastActivity = time.GetTimestamp();
    }

    public ulong Id { get; }

    /// <summary>The lifetime of this id with this peer, which ordered peers carry in the header (11 §10).</summary>
    public uint Epoch { get; private set; }

    /// <summary>What the first to open the stream here asked for; the default while only the peer has used it.</summary>
    public StreamOptions Options { get; private set; }

    public Lock Gate { get; } = new();

    public Lock SendGate { get; } = new();

    public Lock DeliveryGate { get; } = new();

    public StreamSender Sender { get; private set; }

    /// <summary>What an evicted lifetime of this id had taken, which an unreliable sender still counts (01 T12).</summary>
    public ulong ForgottenConsumed { get; set; }

    public StreamReceiver Receiver { get; }

    public InboundQueue Inbound { get; } = new();

    /// <summary>Set when credit or an acknowledgement came, or the stream ended.</summary>
    public AsyncSignal SendChanged { get; } = new();

    /// <summary>Held by the sender that waits: others queue behind it.</summary>
    public SemaphoreSlim SendTurn { get; } = new(1, 1);

    /// <summary>Whether somebody reads this stream itself; otherwise its events go to the node's inbox.</summary>
    public bool IsClaimed { get; set; }

    /// <summary>Whether somebody here goes on to use it however long it is quiet.</summary>
    public bool IsHeld { get; set; }

    public StreamEnd End { get; private set; }

    /// <summary>How the peer's direction ended; its events up to there are still read.</summary>
    public StreamEnd ReceiveEnd { get; private set; }

    public long LastActivity { get; private set; }

    /// <summary>Whether somebody here has opened the stream.</summary>
    public bool IsOpened => Volatile.Read(ref _isOpened);

    public long GrantsSent { get; private set; }

    public long Refused { get; private set; }

    public ushort NextFragmentId { get; set; }

    /// <summary>What this side's packets carry in their headers; set by the first to open the stream.</summary>
    public StreamLabel Label { get; private set; }

    public bool ReceivesReliably => _receivesReliably == true;

    /// <summary>Whether a report to the sender is planned; the receiving thread's.</summary>
    public bool IsReportDue { get; set; }

    /// <summary>Whether the stream stands on the sweep list; guarded by the list.</summary>
    public volatile bool IsSwept;

    /// <summary>Whether this side has said that it sends nothing more.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Completed when the peer has everything that was sent before the close, or the stream ended.</summary>
    public bool IsCloseAcknowledged { get; private set; }

    /// <summary>The peer has everything.</summary>
    public void OnCloseAcknowledged()
    {
        IsCloseAcknowledged = true;
        SendChanged.Set();
    }

    /// <summary>Whether the timer has to look at this stream.</summary>
    public bool NeedsSweep => End == StreamEnd.None
        && (Sender.Unacknowledged > 0 || Receiver.HasGap || _assembler is { Unfinished: > 0 } || HasOutstandingUnreliableCredit || _grantRepeats > 0 || Sender.IsStarved);

    private bool HasOutstandingUnreliableCredit => !Sender.IsReliable && !Sender.Credit.IsUnlimited && Sender.Credit.Remaining < Sender.Credit.Window;

    /// <summary>
    /// Somebody here opens the stream. The first one's options count, also when the peer's packets were here before: they made the
    /// stream without asking anybody.
    /// </summary>
    public void Open(StreamOptions options, StreamLabel label = default)
    {
        if (IsOpened)
            return;
        lock (SendGate)
        lock (Gate)
        {
            if (_isOpened)
                return;
            if (Sender.NextSequence == 0)
            {
                Options = options;
                Sender = new(options, _limits.Timings, _time, _pool);
            }
            Label = label;
            Volatile.Write(ref _isOpened, true);
        }
    }

    /// <summary>Whether nothing has been sent or received in this lifetime.</summary>
    public bool IsUntouched => !_hasReceived && Sender.NextSequence == 0;

    /// <summary>Takes the lifetime that the peer's first packet names, while nothing of this one has been sent or received.</summary>
    public bool TryTakeEpoch(uint epoch)
    {
        lock (SendGate)
        lock (Gate)
        {
            if (!IsUntouched || End != StreamEnd.None)
                return false;
            Epoch = epoch;
            return true;
        }
    }

    /// <summary>Marks the stream as used now.</summary>
    public void Touch(long now) => LastActivity = now;

    /// <summary>
    /// Takes a packet of the event plane, whose buffer becomes this stream's, and appends what may go on to a reader to
    /// <paramref name="ready"/>. The caller holds <see cref="DeliveryGate"/>.
    /// </summary>
    public ReceiveOutcome Receive(in PacketHeader header, in InboundPacket packet, long now, List<InboundPacket> ready)
    {
        lock (Gate)
        {
            if (End != StreamEnd.None || ReceiveEnd != StreamEnd.None)
                return Refuse(packet, ReceiveOutcome.Ended);
            if (Inbound.Bytes >= _limits.MaxQueuedBytes)
                return Refuse(packet, ReceiveOutcome.QueueFull);
            bool isReliable = _receivesReliably ??= (header.Flags & PacketFlags.Reliable) != 0 || Options.Reliability == Reliability.Reliable;
            int credit = header.PayloadLength + WireLimits.PacketOverheadBytes;
            return isReliable ? ReceiveReliable(packet, credit, now, ready) : ReceiveUnreliable(packet, credit, now, ready);
        }
    }

    /// <summary>The grant that tells the peer where this side is, and what is missing if anything is.</summary>
    public (StreamWindow Grant, StreamNack? Nack) TakeReport()
    {
        lock (Gate)
        {
            GrantsSent++;
            _announcedConsumed = Receiver.TotalConsumed - _withheldCredit;
            var grant = new StreamWindow(Id, _announcedConsumed, ReceivesReliably ? Receiver.NextExpected : 0);
            return (grant, CurrentNack());
        }
    }

    /// <summary>Which sequences are missing, if any.</summary>
    public StreamNack? TakeNack()
    {
        lock (Gate)
            return CurrentNack();
    }

    /// <summary>
    /// Whether the last grant is due once more. When it is lost, an unreliable sender of Net 0.27 that has used its credit up says
    /// nothing more, and waits for ever.
    /// </summary>
    public bool TakeGrantRepeat(long now)
    {
        lock (Gate)
        {
            if (_grantRepeats == 0 || End != StreamEnd.None)
                return false;
            TimeSpan wait = FirstGrantRepeat * Math.Pow(4, MaxGrantRepeats - _grantRepeats);
            if (_time.GetElapsedTime(_lastArrival, now) < wait)
                return false;
            _grantRepeats--;
            return true;
        }
    }

    /// <summary>A reader took a packet: credit that was withheld from a peer who is ahead of the reader goes on.</summary>
    /// <returns>Whether a grant should be sent.</returns>
    public bool OnRead()
    {
        if (Volatile.Read(ref _withheldCredit) == 0 || Inbound.Bytes > _limits.CreditResumeBytes)
            return false;
        lock (Gate)
            _withheldCredit = 0;
        return true;
    }

    /// <summary>Applies a grant and its acknowledgement.</summary>
    /// <returns>Whether a waiting sender may go on.</returns>
    public void OnGrant(in StreamWindow grant, long now)
    {
        lock (Gate)
        {
            if (End != StreamEnd.None)
                return;
            Sender.Grant(grant.TotalConsumed);
            Sender.Acknowledge(grant.AckSequence, now);
        }
        SendChanged.Set();
    }

    /// <summary>Ends both directions; buffers go back, waiters wake.</summary>
    /// <returns>Whether the stream had not ended before.</returns>
    public bool EndAll(StreamEnd reason)
    {
        // Not while a sender seals from a buffer that is about to go back.
        lock (SendGate)
        lock (Gate)
        {
            if (End != StreamEnd.None)
                return false;
            EndNow(reason);
        }
        SendChanged.Set();
        Inbound.Changed.Set();
        return true;
    }

    /// <summary>Ends the stream if it is idle even now.</summary>
    public bool EndIfIdle(long now, TimeSpan timeout)
    {
        lock (SendGate)
        lock (Gate)
        {
            bool isUsed = End != StreamEnd.None || IsClaimed || IsHeld || Inbound.Bytes > 0 || NeedsSweep;
            if (isUsed || _time.GetElapsedTime(LastActivity, now) <= timeout)
                return false;
            EndNow(StreamEnd.Evicted);
        }
        SendChanged.Set();
        Inbound.Changed.Set();
        return true;
    }

    // The caller holds both gates.
    private void EndNow(StreamEnd reason)
    {
        End = reason;
        if (ReceiveEnd == StreamEnd.None)
            ReceiveEnd = reason;
        Sender.Clear();
        Receiver.Clear();
        _assembler?.Clear();
    }

    /// <summary>The peer sends nothing at or past a sequence (11 §10).</summary>
    /// <returns>Whether everything before it has been delivered.</returns>
    public bool OnRemoteClose(ulong finalSequence)
    {
        bool isComplete;
        lock (Gate)
        {
            _finalSequence = finalSequence;
            isComplete = CompleteIfFinal();
        }
        if (isComplete)
            Inbound.Changed.Set();
        return isComplete;
    }

    /// <summary>
    /// What was ready has been handed on: if the peer closed and this was the last of it, the reader learns of the end now, and not
    /// before the last message is there to be read.
    /// </summary>
    public void OnDelivered()
    {
        bool isComplete;
        lock (Gate)
            isComplete = CompleteIfFinal();
        if (isComplete)
            Inbound.Changed.Set();
    }

    /// <summary>Whether the peer closed and everything up to its last sequence has been delivered.</summary>
    public bool IsRemoteCloseComplete => ReceiveEnd == StreamEnd.RemoteClosed;

    /// <summary>Looks after gaps and pieces that wait too long.</summary>
    /// <param name="now">The present timestamp.</param>
    /// <param name="isOrderedPeer">Whether the peer ends a stream itself when it cannot fill a gap.</param>
    /// <param name="ready">Takes what waited behind a gap that is given up. The caller holds <see cref="DeliveryGate"/>.</param>
    /// <returns>Whether the gap can no longer be filled and the stream has to end.</returns>
    public bool SweepReceive(long now, bool isOrderedPeer, List<InboundPacket> ready)
    {
        lock (Gate)
        {
            _assembler?.DropStale(ReceivesReliably ? long.MinValue : now - (long)(10 * _time.TimestampFrequency));
            if (!Receiver.HasGap || Receiver.GapSince == 0)
                return false;
            if (isOrderedPeer)
                return _time.GetElapsedTime(Receiver.GapSince, now) > _limits.Timings.GiveUpAfter * 3;
            TimeSpan patience = StreamIds.IsChannel(Id) ? _limits.Timings.ChannelGapPatience : _limits.Timings.GapPatience;
            while (Receiver.HasGap && _time.GetElapsedTime(Receiver.GapSince, now) > patience)
                SkipGap(now, ready);
            return false;
        }
    }

    /// <summary>Frees the credit of unreliable packets that a peer never reported: they are lost (01 T11).</summary>
    public void ForgetLostCredit(long now)
    {
        lock (Gate)
        {
            if (!HasOutstandingUnreliableCredit || _time.GetElapsedTime(LastGrantOrSend, now) < _limits.Timings.GiveUpAfter / 10)
                return;
            Sender.Credit.ForgetOutstanding();
        }
        SendChanged.Set();
    }

    /// <summary>When an earlier lifetime of this id ended; reports about it may still come in.</summary>
    public long QuarantineFrom { get; set; }

    /// <summary>When the sender last sent or heard a grant.</summary>
    public long LastGrantOrSend { get; set; }

    /// <summary>Adds a piece of a large message that came on this stream.</summary>
    public FragmentOutcome AddFragment(in FragmentPlace place, ReadOnlySpan<byte> piece, long now, out byte[]? whole)
    {
        // What is kept for a stream that has ended is never given back to the budget.
        if (End != StreamEnd.None)
        {
            whole = null;
            return FragmentOutcome.Malformed;
        }
        _assembler ??= new(_limits.MaxMessageBytes, _limits.PeerBudget, _limits.NodeBudget);
        return _assembler.Add(place.Id, place.Index, place.IsLast, piece, now, out whole);
    }

    public StreamStats Snapshot(DateTimeOffset wallNow, long now)
    {
        lock (Gate)
        {
            return new(
                Sender.NextSequence, Receiver.HighestSequence, Inbound.Bytes, wallNow - _time.GetElapsedTime(LastActivity, now), End == StreamEnd.None,
                Sender.Credit.BackpressureEvents, Sender.Credit.Remaining, Sender.Credit.Window, Sender.Credit.GrantsReceived, GrantsSent,
                Sender.Unacknowledged, Sender.Retransmissions, Sender.CongestionPackets, Sender.SmoothedRoundTrip, Sender.RetransmissionTimeout);
        }
    }

    private ReceiveOutcome ReceiveReliable(in InboundPacket packet, int credit, long now, List<InboundPacket> ready)
    {
        RestartIfForgotten(packet.Sequence, now);
        if (!_hasReceived)
            _delivered = Receiver.NextExpected;
        SequenceVerdict verdict = Receiver.AcceptReliable(packet, credit, now);
        if (verdict == SequenceVerdict.TooFarAhead && MakesRoom(packet.Sequence, credit, now, ready))
            verdict = Receiver.AcceptReliable(packet, credit, now);
        if (verdict is SequenceVerdict.Duplicate or SequenceVerdict.TooFarAhead)
            return Refuse(packet, verdict == SequenceVerdict.Duplicate ? ReceiveOutcome.Duplicate : ReceiveOutcome.TooFarAhead);
        Arrived(credit, now);
        if (verdict == SequenceVerdict.InOrder)
        {
            if (packet.Sequence > _delivered)
                _delivered = packet.Sequence;
            Deliver(packet, packet.Fragment, ready, now);
            _delivered++;
            DeliverEarly(ready, now);
        }
        return ReceiveOutcome.Accepted;
    }

    private ReceiveOutcome ReceiveUnreliable(in InboundPacket packet, int credit, long now, List<InboundPacket> ready)
    {
        if (!_hasReceived && ForgottenConsumed > 0)
            Receiver.GoOnFrom(ForgottenConsumed);
        ulong highest = Receiver.HighestSequence;
        // Lost bytes would never be credited (T11): a jump counts the packets it skipped, a late one counted already.
        bool isLate = _hasReceived && packet.Sequence <= highest;
        // Far behind everything that came so far, it is not late: the sender has opened the stream anew.
        bool isRestart = isLate && highest - packet.Sequence > SequenceWindow.Ahead;
        if (isRestart)
            Receiver.RestartUnreliable();
        // Reporting too much is harmless, senders clamp it.
        ulong packets = !_hasReceived || isRestart ? Math.Min(packet.Sequence + 1, 1024) : isLate ? 0 : Math.Min(packet.Sequence - highest, 1024);
        Receiver.AcceptUnreliable(packet.Sequence, (int)packets * credit);
        Arrived((int)packets * credit, now);
        _grantRepeats = _limits.IsOrderedPeer ? 0 : MaxGrantRepeats;
        Deliver(packet, packet.Fragment, ready, now);
        return ReceiveOutcome.Accepted;
    }

    private void Arrived(int credit, long now)
    {
        _hasReceived = true;
        LastActivity = now;
        _lastArrival = now;
        // A reader that is behind keeps the peer's credit, so its queue stays bounded.
        if (Inbound.Bytes > _limits.CreditStopBytes)
            _withheldCredit += (ulong)credit;
    }

    // A 0.27 sender that closed and opened the stream again starts at 0 (T5); silence tells that from a repeated packet.
    private void RestartIfForgotten(ulong sequence, long now)
    {
        bool isRestart = !_limits.IsOrderedPeer && _hasReceived && sequence < Receiver.NextExpected
            && _time.GetElapsedTime(_lastArrival, now) > _limits.Timings.RestartSilence;
        if (!isRestart)
            return;
        Receiver.StartAt(sequence);
        _delivered = sequence;
    }

    // A reference sender leaves gaps for good (T8): what lies far beyond one shows that it will not be filled.
    private bool MakesRoom(ulong sequence, int credit, long now, List<InboundPacket> ready)
    {
        if (_limits.IsOrderedPeer)
            return false;
        if (!StreamIds.IsChannel(Id))
        {
            if (!Receiver.HasGap || _time.GetElapsedTime(Receiver.GapSince, now) <= FarAheadPatience)
                return false;
            SkipGap(now, ready);
            return true;
        }
        // On a channel it repeats nothing at all, so what is refused here is lost, too.
        while (Receiver.HasGap && sequence - Receiver.NextExpected > SequenceWindow.Ahead)
            SkipGap(now, ready);
        if (sequence - Receiver.NextExpected > SequenceWindow.Ahead)
        {
            Receiver.SkipTo(sequence, credit);
            _delivered = sequence;
        }
        return true;
    }

    private void SkipGap(long now, List<InboundPacket> ready)
    {
        _delivered = Receiver.SkipGap();
        DeliverEarly(ready, now);
    }

    private void DeliverEarly(List<InboundPacket> ready, long now)
    {
        while (Receiver.TryTakeNext(_delivered, out InboundPacket next))
        {
            Deliver(next, next.Fragment, ready, now);
            _delivered++;
        }
    }

    private void Deliver(in InboundPacket packet, in FragmentPlace fragment, List<InboundPacket> ready, long now)
    {
        if (packet.EventCount == 0)
        {
            _pool.Return(packet.Buffer);
            return;
        }
        if (!fragment.IsFragment)
        {
            ready.Add(packet);
            return;
        }
        byte[]? whole = null;
        var frames = new EventFrameReader(packet.Bytes, 1);
        FragmentOutcome outcome = frames.TryRead(out ReadOnlySpan<byte> piece)
            ? AddFragment(fragment, piece, now, out whole)
            : FragmentOutcome.Malformed;
        _pool.Return(packet.Buffer);
        // A message that was dropped is not made good by the piece of another that came with it.
        if (_lastFragmentOutcome is not (FragmentOutcome.Malformed or FragmentOutcome.OverBudget))
            _lastFragmentOutcome = outcome;
        if (outcome == FragmentOutcome.Complete)
            ready.Add(packet with { Buffer = whole!, Length = whole!.Length, EventCount = 1, IsWhole = true });
    }

    /// <summary>What the last piece of a large message led to, once; for the counters.</summary>
    public FragmentOutcome? TakeFragmentOutcome()
    {
        FragmentOutcome? outcome = _lastFragmentOutcome;
        _lastFragmentOutcome = null;
        return outcome;
    }

    private bool CompleteIfFinal()
    {
        if (_finalSequence is not { } final || ReceiveEnd != StreamEnd.None || Receiver.NextExpected < final)
            return false;
        ReceiveEnd = StreamEnd.RemoteClosed;
        return true;
    }

    private StreamNack? CurrentNack() => ReceivesReliably && Receiver.HasGap && End == StreamEnd.None
        ? new StreamNack(Id, Receiver.NextExpected, Receiver.MissingBitmap)
        : null;

    private ReceiveOutcome Refuse(in InboundPacket packet, ReceiveOutcome outcome)
    {
        Refused++;
        _pool.Return(packet.Buffer);
        return outcome;
    }
}

internal enum ReceiveOutcome
{
    Accepted,
    Duplicate,
    TooFarAhead,
    QueueFull,
    Ended,
}
