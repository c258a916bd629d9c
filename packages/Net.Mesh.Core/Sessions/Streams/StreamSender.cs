using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>
/// The sending half of a stream: sequences, credit, what is unacknowledged and when to send it again (spec 01 §12, §13). The
/// caller holds the stream's gate.
/// </summary>
internal sealed class StreamSender
{
    /// <summary>Unacknowledged empty packets that ask a Net 0.27 receiver for its acknowledgement (01 §12.6).</summary>
    private const int MaxProbes = 8;

    private static readonly TimeSpan FirstAsk = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestAsk = TimeSpan.FromSeconds(5);

    private readonly StreamTimings _timings;
    private readonly TimeProvider _time;
    private readonly RetransmitQueue? _pending;
    private CongestionWindow _congestion;
    private RttEstimator _rtt = new();
    private CreditWindow _credit;
    private long _starvedAt;
    private TimeSpan _askDelay = FirstAsk;
    private ulong _recoverUntil;
    private bool _isRecovering;

    public StreamSender(StreamOptions options, StreamTimings timings, TimeProvider time, PacketBufferPool pool)
    {
        _timings = timings;
        _time = time;
        _credit = new(options.WindowBytes);
        int capacity = RetransmitQueue.CapacityFor(options.WindowBytes);
        _congestion = new(capacity);
        if (options.Reliability == Reliability.Reliable)
            _pending = new(capacity, pool);
    }

    public ref CreditWindow Credit => ref _credit;

    public ulong NextSequence { get; private set; }

    /// <summary>The first sequence that has not left yet; a peer cannot acknowledge what was never sent.</summary>
    public ulong SealedUntil { get; private set; }

    public int Unacknowledged => _pending?.Count ?? 0;

    public bool IsReliable => _pending is not null;

    public long Retransmissions { get; private set; }

    public double CongestionPackets => _congestion.Packets;

    public TimeSpan SmoothedRoundTrip => _rtt.Smoothed;

    public TimeSpan RetransmissionTimeout => _rtt.Timeout;

    /// <summary>Whether a packet of this many bytes of credit may leave now.</summary>
    public bool CanSend(long creditBytes) => _credit.CanAcquire(creditBytes)
        && (_pending is null || (!_pending.IsFull && _congestion.Admits(_pending.Count) && IsInsideReceiveWindow()));

    /// <summary>Takes credit for a send; refusals are counted.</summary>
    public bool TryAcquire(long creditBytes)
    {
        if (_pending is not null && (_pending.IsFull || !_congestion.Admits(_pending.Count) || !IsInsideReceiveWindow()))
            return false;
        if (_credit.TryAcquire(creditBytes))
            return true;
        Starve();
        return false;
    }

    /// <summary>Whether something waits for credit on a reliable stream.</summary>
    public bool IsStarved { get; private set; }

    /// <summary>Something waits for credit.</summary>
    public void Starve()
    {
        if (IsStarved || _pending is null)
            return;
        IsStarved = true;
        _starvedAt = _time.GetTimestamp();
    }

    /// <summary>Applies the peer's cumulative total.</summary>
    public void Grant(ulong totalConsumed)
    {
        long before = _credit.Remaining;
        _credit.Grant(totalConsumed);
        if (_credit.Remaining <= before)
            return;
        IsStarved = false;
        _askDelay = FirstAsk;
    }

    /// <summary>
    /// Whether to ask the peer where it is: it has everything and withheld credit because its reader was behind, so the word that the
    /// reader went on comes once, unasked, and may have been lost.
    /// </summary>
    public bool TakeAsk(long now)
    {
        if (!IsStarved || _pending is not { Count: 0 } || _time.GetElapsedTime(_starvedAt, now) < _askDelay)
            return false;
        _starvedAt = now;
        _askDelay = _askDelay * 2 < LongestAsk ? _askDelay * 2 : LongestAsk;
        return true;
    }

    /// <summary>Takes the next sequence for a packet whose credit is acquired; a reliable one is remembered, with its buffer.</summary>
    public ulong Take(in PacketContent content, long now)
    {
        ulong sequence = NextSequence++;
        _pending?.Add(sequence, content, now);
        return sequence;
    }

    /// <summary>Takes the next sequence for a packet that is not remembered.</summary>
    public ulong NextUnregistered() => NextSequence++;

    /// <summary>Everything taken so far has been sealed; sends of one stream come one after another.</summary>
    public void Sealed() => SealedUntil = NextSequence;

    /// <summary>The packets up to this sequence have been sealed.</summary>
    public void SealedThrough(ulong sequence) => SealedUntil = Math.Max(SealedUntil, sequence + 1);

    /// <summary>A remembered packet.</summary>
    public bool TryFind(ulong sequence, out PacketContent content)
    {
        content = default;
        if (_pending is null || !_pending.TryIndexOf(sequence, out int index))
            return false;
        content = _pending[index].Content;
        return true;
    }

    /// <summary>Applies a cumulative acknowledgement.</summary>
    /// <returns>Whether packets were acknowledged.</returns>
    public bool Acknowledge(ulong nextExpected, long now)
    {
        if (_pending is null)
            return false;
        int dropped = _pending.Acknowledge(Math.Min(nextExpected, SealedUntil), out long sampleSentAt);
        if (dropped == 0)
            return false;
        if (sampleSentAt != 0)
            _rtt.Sample(_time.GetElapsedTime(sampleSentAt, now));
        for (int i = 0; i < dropped; i++)
            _congestion.OnAcknowledged();
        if (_isRecovering && nextExpected > _recoverUntil)
            _isRecovering = false;
        return true;
    }

    /// <summary>Chooses what a report of missing sequences asks to be sent again.</summary>
    public void OnNack(in StreamNack nack, long now, List<int> resend)
    {
        if (_pending is null)
            return;
        // Inside one episode the window is not reduced twice (01 T25); a packet whose resend was lost too is sent once more
        // when a round trip has had time to pass.
        bool isNewEpisode = !_isRecovering || nack.NextExpected > _recoverUntil;
        Collect(nack.NextExpected, isNewEpisode, now, resend);
        for (int i = 0; i < 64; i++)
        {
            if ((nack.MissingBitmap & (1UL << i)) != 0)
                Collect(nack.NextExpected + 1 + (ulong)i, isNewEpisode, now, resend);
        }
        if (!isNewEpisode)
            return;
        _isRecovering = true;
        _recoverUntil = nack.NextExpected;
        if (resend.Count > 0)
            _congestion.OnLoss();
    }

    /// <summary>Chooses what has waited too long; tells when the peer has acknowledged nothing for so long that it is given up.</summary>
    public TickOutcome OnTick(long now, List<int> resend)
    {
        if (_pending is null || _pending.Count == 0)
            return TickOutcome.Nothing;
        if (_time.GetElapsedTime(_pending.Oldest.FirstSent, now) > _timings.GiveUpAfter)
            return TickOutcome.GiveUp;
        for (int i = 0; i < _pending.Count && resend.Count < SequenceWindow.Ahead; i++)
        {
            ref RetransmitQueue.Entry entry = ref _pending[i];
            if (_pending.OldestSequence + (ulong)i >= SealedUntil)
                break;
            if (_time.GetElapsedTime(entry.LastSent, now) < Backoff(entry.Resends))
                continue;
            MarkResent(ref entry, now);
            resend.Add(i);
        }
        if (resend.Count > 0)
            _congestion.OnTimeout();
        return TickOutcome.Nothing;
    }

    /// <summary>Whether an empty packet should ask the receiver for the acknowledgement that its resends never get (01 §12.6).</summary>
    public bool WantsProbe(int probesOutstanding) =>
        _pending is { Count: > 0 } && _pending.Oldest.Resends >= 2 && probesOutstanding < MaxProbes && !_pending.IsFull;

    public ref RetransmitQueue.Entry PendingAt(int index) => ref _pending![index];

    public ulong SequenceAt(int index) => _pending!.OldestSequence + (ulong)index;

    /// <summary>Unacknowledged packets without an event: the probes that are still out.</summary>
    public int ProbesOutstanding()
    {
        int probes = 0;
        for (int i = 0; _pending is not null && i < _pending.Count; i++)
            probes += _pending[i].Content.EventCount == 0 ? 1 : 0;
        return probes;
    }

    public void Clear() => _pending?.Clear();

    // While packets are missing at the receiver, it takes no more than 64 beyond the first of them.
    private bool IsInsideReceiveWindow() =>
        _pending!.Count == 0 || _pending.Oldest.Resends == 0 || NextSequence - _pending.OldestSequence <= SequenceWindow.Ahead;

    private void Collect(ulong sequence, bool isNewEpisode, long now, List<int> resend)
    {
        if (!_pending!.TryIndexOf(sequence, out int index) || sequence >= SealedUntil)
            return;
        ref RetransmitQueue.Entry entry = ref _pending[index];
        TimeSpan since = _time.GetElapsedTime(entry.LastSent, now);
        bool mayBeLostAgain = since >= _rtt.Timeout;
        bool isFirstReport = isNewEpisode && (entry.Resends == 0 || mayBeLostAgain);
        if (!isFirstReport && !mayBeLostAgain)
            return;
        MarkResent(ref entry, now);
        resend.Add(index);
    }

    private void MarkResent(ref RetransmitQueue.Entry entry, long now)
    {
        entry.Resends++;
        entry.LastSent = now;
        Retransmissions++;
    }

    private TimeSpan Backoff(int resends)
    {
        double factor = Math.Pow(2, Math.Min(resends, 8));
        TimeSpan timeout = _rtt.Timeout * factor;
        return timeout < _timings.LongestResendDelay ? timeout : _timings.LongestResendDelay;
    }
}

internal enum TickOutcome
{
    Nothing,
    GiveUp,
}

/// <summary>The times that govern the streams of a node.</summary>
/// <param name="GiveUpAfter">How long a packet may stay unacknowledged before the stream ends.</param>
/// <param name="LongestResendDelay">The longest pause between two resends of a packet.</param>
/// <param name="GapPatience">How long a gap of a Net 0.27 sender is waited for before it counts as lost.</param>
/// <param name="ChannelGapPatience">The same on the stream of a channel, whose packets such a sender never repeats: they can only be late.</param>
/// <param name="RestartSilence">After this silence a lower sequence of a Net 0.27 sender starts the stream again.</param>
internal sealed record StreamTimings(
    TimeSpan GiveUpAfter, TimeSpan LongestResendDelay, TimeSpan GapPatience, TimeSpan ChannelGapPatience, TimeSpan RestartSilence)
{
    public static StreamTimings Default { get; } = new(
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
}
