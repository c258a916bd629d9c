using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// Everything a link has to say about events: batches become packets, shard by shard in turn, as fast as the peer acknowledges
/// them; what gets lost is sent again (spec 05 T16). Towards a peer that acknowledges nothing, or when reliability is off, a packet
/// is done once it is sent. Guarded by the link's lock.
/// </summary>
internal sealed class LinkSender(LinkOutbox outbox, LinkCounters counters, TimeProvider time, bool isReliable)
{
    private readonly Dictionary<ushort, OutboundStream> _streams = [];
    private readonly Queue<OutboundStream> _turns = new();
    private readonly Stack<OutboundPacket> _sparePackets = new();
    private LinkPace _window = new();

    /// <summary>Whether a timer must look for packets without an answer.</summary>
    public bool AwaitsAnswers => _window.InFlight > 0;

    public int Unacknowledged => _streams.Values.Sum(stream => stream.Kept.Length);

    /// <summary>Takes a batch over; an attempt at the batch that the shard sent last goes on where that one stopped.</summary>
    /// <returns>The batch, with a waiter unless it is done already.</returns>
    public PendingBatch Begin(EventBatch batch)
    {
        if (!_streams.TryGetValue(batch.ShardId, out OutboundStream? stream))
            _streams[batch.ShardId] = stream = new(batch.ShardId, _sparePackets);
        if (stream.Batch?.Waiter is not null)
            throw new InvalidOperationException($"A batch of shard {batch.ShardId} is being written already; a shard is written by one caller at a time.");
        if (stream.Batch is null || !stream.Batch.IsSame(batch))
            stream.Batch = new(batch);
        if (!stream.Batch.IsDone)
        {
            stream.Batch.Attempt(batch);
            Enqueue(stream);
        }
        return stream.Batch;
    }

    /// <summary>Sends what the window allows.</summary>
    public void Pump(LinkSession session)
    {
        if (!IsTracked(session))
        {
            while (_turns.TryDequeue(out OutboundStream? stream))
                SendUntracked(stream, session);
            return;
        }
        while (_window.HasRoom && _turns.TryDequeue(out OutboundStream? stream))
        {
            stream.IsQueued = false;
            if (!stream.HasWork)
                continue;
            Send(stream, stream.Lost > 0 ? stream.TakeLost() : stream.PackNext(), session);
            Enqueue(stream);
        }
    }

    /// <summary>The peer says how far it has a stream.</summary>
    public void OnWindow(in StreamWindow window)
    {
        if (!TryFind(window.StreamId, out OutboundStream? stream) || window.AckSequence > stream.NextSequence)
            return;
        TimeSpan? sample = null;
        int released = 0;
        while (!stream.Kept.IsEmpty && stream.Kept[0].Sequence < window.AckSequence)
        {
            OutboundPacket packet = stream.Kept[0];
            if (!packet.IsLost)
                _window.InFlight--;
            if (packet.Sends == 1)
                sample = time.GetElapsedTime(packet.SentAt);
            stream.Release();
            released++;
        }
        for (int i = 0; i < released; i++)
            _window.OnAcknowledged(i == released - 1 ? sample : null);
    }

    /// <summary>The peer names packets that it misses.</summary>
    public void OnNack(in StreamNack nack)
    {
        if (!TryFind(nack.StreamId, out OutboundStream? stream))
            return;
        bool isLoss = MarkMissing(stream, nack.NextExpected);
        for (int i = 0; i < 64; i++)
        {
            if ((nack.MissingBitmap >> i & 1) != 0)
                isLoss |= MarkMissing(stream, nack.NextExpected + 1 + (ulong)i);
        }
        if (!isLoss)
            return;
        Enqueue(stream);
        if (nack.NextExpected < stream.RecoveryEnd)
            return; // one loss, one slowdown
        stream.RecoveryEnd = stream.NextSequence;
        _window.OnGap();
    }

    /// <summary>Takes packets without an answer for lost.</summary>
    public void OnSweep()
    {
        TimeSpan timeout = _window.Timeout;
        bool isLoss = false;
        foreach (OutboundStream stream in _streams.Values)
        {
            foreach (OutboundPacket packet in stream.Kept)
            {
                if (!packet.IsLost && time.GetElapsedTime(packet.SentAt) >= timeout)
                    isLoss |= MarkLost(stream, packet);
            }
            Enqueue(stream);
        }
        if (isLoss)
            _window.OnTimeout();
    }

    /// <summary>The peer is back after a silence: what it did not acknowledge goes out again at once.</summary>
    public void Resume()
    {
        foreach (OutboundStream stream in _streams.Values)
        {
            foreach (OutboundPacket packet in stream.Kept)
                MarkLost(stream, packet);
            Enqueue(stream);
        }
        _window = new() { InFlight = _window.InFlight };
    }

    /// <summary>The peer knows nothing of our streams: they begin again, with what it did not acknowledge.</summary>
    public void Restart(LinkSession session)
    {
        _window = new();
        foreach (OutboundStream stream in _streams.Values)
        {
            stream.Restart();
            if (!IsTracked(session))
                SendKeptOnce(stream, session);
            Enqueue(stream);
        }
    }

    /// <summary>Nothing more is sent.</summary>
    public void Stop(Func<Exception> reason)
    {
        foreach (OutboundStream stream in _streams.Values)
        {
            stream.Batch?.Abandon()?.TrySetException(reason());
            stream.Dispose();
        }
        _streams.Clear();
        _turns.Clear();
    }

    private bool IsTracked(LinkSession session) => isReliable && session.IsOrdered;

    private void Enqueue(OutboundStream stream)
    {
        if (stream.IsQueued || !stream.HasWork)
            return;
        stream.IsQueued = true;
        _turns.Enqueue(stream);
    }

    private bool TryFind(ulong streamId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutboundStream? stream)
    {
        stream = null;
        return streamId <= ushort.MaxValue && _streams.TryGetValue((ushort)streamId, out stream);
    }

    // A packet that was sent again less than a round trip ago may be on its way while the peer still complains.
    private bool MarkMissing(OutboundStream stream, ulong sequence) =>
        stream.Find(sequence) is { } packet
        && (packet.Sends == 1 || time.GetElapsedTime(packet.SentAt) >= _window.RoundTrip)
        && MarkLost(stream, packet);

    private bool MarkLost(OutboundStream stream, OutboundPacket packet)
    {
        if (!stream.TryMarkLost(packet))
            return false;
        _window.InFlight--;
        return true;
    }

    private void Send(OutboundStream stream, OutboundPacket packet, LinkSession session)
    {
        outbox.Send(session, HeaderOf(stream, packet.Sequence, packet.EventCount), packet.Frames);
        packet.SentAt = time.GetTimestamp();
        if (packet.Sends++ > 0)
            counters.PacketsResent++;
        _window.InFlight++;
    }

    private void SendUntracked(OutboundStream stream, LinkSession session)
    {
        stream.IsQueued = false;
        PendingBatch batch = stream.Batch!;
        while (!batch.Rest.IsEmpty)
        {
            int count = EventPacking.CountFitting(batch.Rest, out int bytes);
            EventPacking.Write(batch.Rest[..count], outbox.Reserve(bytes));
            outbox.Commit(session, HeaderOf(stream, stream.TakeSequence(), (ushort)count));
            batch.Advance(count);
        }
        batch.CompleteIfDone();
    }

    private void SendKeptOnce(OutboundStream stream, LinkSession session)
    {
        while (!stream.Kept.IsEmpty)
        {
            OutboundPacket packet = stream.Kept[0];
            outbox.Send(session, HeaderOf(stream, packet.Sequence, packet.EventCount), packet.Frames);
            stream.Release();
        }
    }

    private PacketHeader HeaderOf(OutboundStream stream, ulong sequence, ushort eventCount) => new()
    {
        Flags = isReliable ? PacketFlags.Reliable : PacketFlags.None,
        StreamId = stream.ShardId,
        Sequence = sequence,
        EventCount = eventCount,
    };
}
