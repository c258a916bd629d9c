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
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<ulong, StreamState> _streams = new(concurrencyLevel: 1, capacity: 1);
    private readonly FragmentBudget _peerBudget = new(options.ReassemblyBytesPerPeer + FragmentAssembler.SmallestCharge);
    private readonly Lock _gate = new();
    private Dictionary<ulong, ClosedStream>? _closed;
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
    public StreamState Open(ulong id, StreamOptions streamOptions, bool isOrderedPeer)
    {
        if (!_streams.TryGetValue(id, out StreamState? stream))
        {
            lock (_gate)
            {
                if (!_streams.TryGetValue(id, out stream))
                {
                    EvictIfFull();
                    return Add(id, NextEpoch(id), streamOptions, isOrderedPeer);
                }
            }
        }
        if (stream.IsImplicit)
            stream.Adopt(streamOptions);
        return stream;
    }

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
                if (!carriesEpoch || stream.Epoch == epoch)
                    return stream;
                if (epoch < stream.Epoch)
                {
                    isOldLifetime = true;
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
            stream = Add(header.StreamId, carriesEpoch ? epoch : NextEpoch(header.StreamId), StreamOptions.Default, isOrderedPeer);
            stream.IsImplicit = true;
            return stream;
        }
    }

    /// <summary>Ends a stream and forgets its state; its lifetime is remembered.</summary>
    public bool Remove(StreamState stream, StreamEnd reason)
    {
        bool ended = stream.EndAll(reason);
        Forget(stream, reason);
        return ended;
    }

    /// <summary>Ends all streams.</summary>
    public void Clear(StreamEnd reason)
    {
        foreach (StreamState stream in _streams.Values)
            Remove(stream, reason);
    }

    /// <summary>Forgets streams that are idle and that nobody holds.</summary>
    public int EvictIdle(long now)
    {
        int evicted = 0;
        foreach (StreamState stream in _streams.Values)
        {
            bool isIdle = !stream.IsClaimed && stream.Inbound.Bytes == 0 && !stream.NeedsSweep
                && time.GetElapsedTime(stream.LastActivity, now) > options.StreamIdleTimeout;
            // Looked at again inside its gates: it may have been used in this very moment (01 T24).
            if (!isIdle || !stream.EndIfIdle(now, options.StreamIdleTimeout))
                continue;
            Forget(stream, StreamEnd.Evicted);
            evicted++;
        }
        return evicted;
    }

    /// <summary>Whether a report about a stream may be about an earlier lifetime of its id.</summary>
    /// <remarks>Ordered peers say which lifetime of a reliable stream they mean; of others the reports of two seconds are suspect (01 §11.4).</remarks>
    public bool IsAboutAnother(StreamState stream, uint reportedEpoch, bool isOrderedPeer, long now) =>
        reportedEpoch != stream.Epoch
        && ((isOrderedPeer && stream.Sender.IsReliable) || (_closed is not null && time.GetElapsedTime(stream.QuarantineFrom, now) < Quarantine));

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
            victim.EndAll(StreamEnd.Evicted);
            if (_streams.TryRemove(KeyValuePair.Create(victim.Id, victim)))
                Remember(victim, StreamEnd.Evicted);
        }
        return victims.Length == 0;
    }

    private StreamLimits CreateLimits(bool isOrderedPeer) => new(
        isOrderedPeer, options.MaxMessageBytes, options.MaxQueuedBytesPerStream, options.ReceiveWindowBytes, options.ReceiveWindowBytes / 2,
        _peerBudget, nodeBudget, StreamTimings.Default with { GiveUpAfter = options.StreamGiveUpAfter });

    private readonly record struct ClosedStream(uint Epoch, long At, StreamEnd Reason, ulong Consumed);
}
