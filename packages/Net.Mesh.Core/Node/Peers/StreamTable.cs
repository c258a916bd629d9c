using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The streams with one peer, each in one lifetime at a time. What closed is remembered for a while, so that late packets of an
/// old lifetime are told from a new one (spec 11 §10). Thread-safe.
/// </summary>
internal sealed class StreamTable(MeshNodeOptions options, FragmentBudget nodeBudget, TimeProvider time, PacketBufferPool pool)
{
    private const int MaxUnanswered = 256;
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ulong, StreamState> _streams = new(concurrencyLevel: 1, capacity: 1);
    private readonly FragmentBudget _peerBudget = new(options.ReassemblyBytesPerPeer + FragmentAssembler.SmallestCharge);
    private readonly Lock _gate = new();
    private Dictionary<ulong, ClosedStream>? _closed;
    private Dictionary<ulong, uint>? _unanswered;
    private uint _floorEpoch;
    private StreamLimits? _limits;

    public int Count => _streams.Count;

    public IEnumerable<StreamState> All => _streams.Values;

    /// <summary>Closed streams that are remembered; never more than a peer may have open.</summary>
    public int Remembered
    {
        get
        {
            lock (_gate)
                return _closed?.Count ?? 0;
        }
    }

    public bool TryGet(ulong id, [NotNullWhen(true)] out StreamState? stream) => _streams.TryGetValue(id, out stream);

    /// <summary>The stream for sending, created when there is none.</summary>
    public StreamState Open(ulong id, StreamOptions streamOptions, bool isOrderedPeer, StreamLabel label = default)
    {
        StreamState stream = GetOrAdd(id, streamOptions, isOrderedPeer);
        stream.Open(streamOptions, label);
        return stream;
    }

    /// <summary>The stream for receiving, created when there is none.</summary>
    public StreamState Listen(ulong id, bool isOrderedPeer) => GetOrAdd(id, StreamOptions.Default, isOrderedPeer);

    /// <summary>The stream that an inbound packet belongs to, created when the packet begins one.</summary>
    /// <returns>Null when the packet belongs to a lifetime that is over, or when there are too many streams.</returns>
    public StreamState? ForInbound(in PacketHeader header, bool isOrderedPeer, out bool isOldLifetime)
    {
        isOldLifetime = false;
        bool carriesEpoch = isOrderedPeer && (header.Flags & PacketFlags.Reliable) != 0;
        if (_streams.TryGetValue(header.StreamId, out StreamState? stream) && (!carriesEpoch || stream.Epoch == header.SubnetId))
            return stream;
        lock (_gate)
        {
            uint epoch = header.SubnetId;
            if (_streams.TryGetValue(header.StreamId, out stream))
            {
                // A peer that restarted counts from 0 again, and shows it with its first packet; one that goes on does not send that.
                if (!carriesEpoch || stream.Epoch == epoch || ((header.Sequence == 0 || epoch > stream.Epoch) && stream.TryTakeEpoch(epoch)))
                    return stream;
                if (epoch < stream.Epoch)
                {
                    // While the first packet may still come, the others wait for it at the sender.
                    isOldLifetime = !stream.IsUntouched || header.Sequence > SequenceWindow.Ahead;
                    return null;
                }
                Remove(stream, StreamEnd.Replaced);
            }
            else if (carriesEpoch && _closed is not null && _closed.TryGetValue(header.StreamId, out ClosedStream closed) && epoch <= closed.Epoch)
            {
                isOldLifetime = true;
                return null;
            }
            if (EvictIfFull())
                return null;
            return Add(header.StreamId, carriesEpoch ? epoch : NextEpoch(header.StreamId), StreamOptions.Default, isOrderedPeer);
        }
    }

    /// <summary>Ends a stream and forgets its state; its lifetime is remembered.</summary>
    public bool Remove(StreamState stream, StreamEnd reason)
    {
        // Out of the table first: whoever is woken by the end and opens the id again gets a new stream.
        lock (_gate)
        {
            if (_streams.TryRemove(KeyValuePair.Create(stream.Id, stream)))
                Remember(stream, reason);
        }
        return stream.EndAll(reason);
    }

    /// <summary>Ends all streams.</summary>
    public void Clear(StreamEnd reason)
    {
        foreach (StreamState stream in _streams.Values)
            Remove(stream, reason);
    }

    /// <summary>This side has dropped a stream, and its peer has to know, however long it takes to reach it.</summary>
    public void ExpectAnswer(StreamState stream)
    {
        lock (_gate)
        {
            _unanswered ??= [];
            if (_unanswered.Count < MaxUnanswered || _unanswered.ContainsKey(stream.Id))
                _unanswered[stream.Id] = stream.Epoch;
        }
    }

    /// <summary>The peer knows that a lifetime is over.</summary>
    public void OnAnswered(ulong id, uint epoch)
    {
        lock (_gate)
        {
            if (_unanswered is not null && _unanswered.TryGetValue(id, out uint dropped) && dropped <= epoch)
                _unanswered.Remove(id);
        }
    }

    /// <summary>The lifetimes that this side has dropped, and whose end the peer has not answered.</summary>
    public IReadOnlyList<KeyValuePair<ulong, uint>> Unanswered
    {
        get
        {
            if (Volatile.Read(ref _unanswered) is null)
                return [];
            lock (_gate)
                return _unanswered is null ? [] : [.. _unanswered];
        }
    }

    /// <summary>
    /// Ends all streams: the peer is a new process, which counts its lifetimes from 0 again. So does this side when the peer has said
    /// so; otherwise it may have kept its streams after all, and none of ours may pass for one of them.
    /// </summary>
    public void StartOver(bool peerIsKnownToForget)
    {
        Clear(StreamEnd.Replaced);
        lock (_gate)
        {
            if (peerIsKnownToForget)
                _floorEpoch = 0;
            else if (_closed is { Count: > 0 })
                _floorEpoch = Math.Max(_floorEpoch, _closed.Values.Max(closed => closed.Epoch) + 1);
            _closed = null;
            _unanswered = null;
        }
    }

    /// <summary>Forgets streams that are idle and that nobody holds.</summary>
    public int EvictIdle(long now)
    {
        int evicted = 0;
        foreach (StreamState stream in _streams.Values)
        {
            bool isIdle = !stream.IsClaimed && !stream.IsHeld && stream.Inbound.Bytes == 0 && !stream.NeedsSweep
                && time.GetElapsedTime(stream.LastActivity, now) > options.StreamIdleTimeout;
            // Looked at again inside its gates: it may have been used in this very moment (01 T24).
            if (!isIdle || !stream.EndIfIdle(now, options.StreamIdleTimeout))
                continue;
            Forget(stream, StreamEnd.Evicted);
            evicted++;
        }
        return evicted;
    }

    /// <summary>Whether a report about a stream is, or may be, about another lifetime of its id.</summary>
    /// <param name="stream">The stream that has the id now.</param>
    /// <param name="reportedEpoch">The lifetime that the report names; 0 from a peer that names none.</param>
    /// <param name="isOrderedPeer">Whether the peer names lifetimes.</param>
    /// <param name="now">The present timestamp.</param>
    public bool IsAboutAnother(StreamState stream, uint reportedEpoch, bool isOrderedPeer, long now)
    {
        if (reportedEpoch == stream.Epoch)
            return false;
        // Whoever receives a reliable stream of an ordered peer knows its lifetime from every packet. An acknowledgement of another
        // one, however late, would let go what was never received.
        return (isOrderedPeer && stream.Sender.IsReliable)
            || (_closed is not null && time.GetElapsedTime(stream.QuarantineFrom, now) < Quarantine);
    }

    private StreamState GetOrAdd(ulong id, StreamOptions streamOptions, bool isOrderedPeer)
    {
        if (_streams.TryGetValue(id, out StreamState? existing))
            return existing;
        lock (_gate)
        {
            if (_streams.TryGetValue(id, out existing))
                return existing;
            EvictIfFull();
            return Add(id, NextEpoch(id), streamOptions, isOrderedPeer);
        }
    }

    private void Forget(StreamState stream, StreamEnd reason)
    {
        lock (_gate)
        {
            if (_streams.TryRemove(KeyValuePair.Create(stream.Id, stream)))
                Remember(stream, reason);
        }
    }

    private StreamState Add(ulong id, uint epoch, StreamOptions streamOptions, bool isOrderedPeer)
    {
        if (_limits is null || _limits.IsOrderedPeer != isOrderedPeer)
            _limits = CreateLimits(isOrderedPeer);
        var stream = new StreamState(id, epoch, streamOptions, _limits, time, pool);
        if (_closed is not null && _closed.Remove(id, out ClosedStream closed))
        {
            stream.QuarantineFrom = closed.At;
            // Its sender knows nothing of an eviction, and a 0.27 sender goes on after a reset: with the sequence and the total it had.
            bool goesOn = closed.Reason is StreamEnd.RemoteReset or StreamEnd.Evicted;
            if (goesOn && !isOrderedPeer)
                stream.Receiver.TakeAnyStart(closed.Consumed);
            else if (closed.Reason == StreamEnd.Evicted)
                stream.ForgottenConsumed = closed.Consumed;
        }
        _streams[id] = stream;
        return stream;
    }

    private uint NextEpoch(ulong id) =>
        _closed is not null && _closed.TryGetValue(id, out ClosedStream closed) ? closed.Epoch + 1 : _floorEpoch;

    private void Remember(StreamState stream, StreamEnd reason)
    {
        _closed ??= [];
        if (_closed.Count >= options.MaxStreamsPerPeer)
        {
            // Whatever is forgotten here was at most in this lifetime: new streams start above it.
            _floorEpoch = Math.Max(_floorEpoch, _closed.Values.Max(closed => closed.Epoch) + 1);
            _closed.Clear();
        }
        _closed[stream.Id] = new(stream.Epoch, time.GetTimestamp(), reason, stream.Receiver.TotalConsumed);
    }

    // True when nothing could be evicted. A sixteenth goes at once, so a peer cannot make every packet search all streams.
    private bool EvictIfFull()
    {
        if (_streams.Count < options.MaxStreamsPerPeer)
            return false;
        StreamState[] victims = [.. _streams.Values
            .Where(stream => !stream.IsClaimed && stream.Sender.Unacknowledged == 0)
            .OrderBy(stream => stream.LastActivity)
            .Take(Math.Max(1, options.MaxStreamsPerPeer / 16))];
        foreach (StreamState victim in victims)
        {
            if (_streams.TryRemove(KeyValuePair.Create(victim.Id, victim)))
                Remember(victim, StreamEnd.Evicted);
            victim.EndAll(StreamEnd.Evicted);
        }
        return victims.Length == 0;
    }

    private StreamLimits CreateLimits(bool isOrderedPeer) => new(
        isOrderedPeer, options.MaxMessageBytes, options.MaxQueuedBytesPerStream, options.ReceiveWindowBytes, options.ReceiveWindowBytes / 2,
        _peerBudget, nodeBudget, StreamTimings.Default with { GiveUpAfter = options.StreamGiveUpAfter });

    private readonly record struct ClosedStream(uint Epoch, long At, StreamEnd Reason, ulong Consumed);
}
