using System.Runtime.InteropServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// What a link does with the peer's packets. Reliable ones of a peer that acknowledges are put in order, passed on once each and
/// acknowledged; all others are passed on as they come. A reference peer never sends a packet twice, so its reliable packets need no
/// filter, and none can run full behind a gap (spec 05 T16). Guarded by the link's lock.
/// </summary>
internal sealed class LinkReceiver(LinkInbox inbox, LinkOutbox outbox, LinkCounters counters)
{
    /// <summary>Packets that wait for a gap to close, over all streams.</summary>
    private const int MostEarlyPackets = 4 * InboundStream.Ahead;

    private const int ControlBytes = WireLimits.FrameHeaderBytes + StreamWindow.Bytes;
    private const int ControlsPerPacket = WireLimits.MaxPayloadBytes / ControlBytes;

    private readonly Dictionary<ulong, InboundStream> _streams = [];
    private readonly List<InboundStream> _dirty = [];
    private ulong _nextControl;
    private int _early;

    /// <summary>Whether events were taken in since this was last asked.</summary>
    public bool HasNews { get; set; }

    /// <summary>Takes an opened packet of the event plane.</summary>
    public void OnEvents(LinkSession session, in PacketHeader header, ReadOnlyMemory<byte> plaintext)
    {
        if (session.IsOrdered && (header.Flags & PacketFlags.Reliable) != 0)
            OnReliable(header, plaintext);
        else if (!TryDeliver(header.StreamId, header.Sequence, plaintext, header.EventCount))
            counters.Drop(MeshLinkDrop.InboxFull);
    }

    /// <summary>Acknowledges what came since the last call, and names what is missing.</summary>
    public void Answer(LinkSession session)
    {
        for (int start = 0; start < _dirty.Count; start += ControlsPerPacket)
        {
            ReadOnlySpan<InboundStream> streams = CollectionsMarshal.AsSpan(_dirty)[start..Math.Min(_dirty.Count, start + ControlsPerPacket)];
            SendWindows(session, streams);
            SendNacks(session, streams);
        }
        _dirty.Clear();
    }

    /// <summary>The peer begins its streams again.</summary>
    public void Restart()
    {
        foreach (InboundStream stream in _streams.Values)
            stream.Dispose();
        _streams.Clear();
        _dirty.Clear();
        _nextControl = 0;
        _early = 0;
    }

    private void OnReliable(in PacketHeader header, ReadOnlyMemory<byte> plaintext)
    {
        if (header.StreamId > ushort.MaxValue)
        {
            counters.Drop(MeshLinkDrop.Malformed); // a shard id has 16 bits; this also bounds the table
            return;
        }
        if (!_streams.TryGetValue(header.StreamId, out InboundStream? stream))
            _streams[header.StreamId] = stream = new(header.StreamId);
        if (!stream.IsDirty)
        {
            stream.IsDirty = true; // also a duplicate is answered: the last answer may be what was lost (spec 01 §12.6)
            _dirty.Add(stream);
        }
        Drain(stream); // what the inbox refused earlier may find room now
        MeshLinkDrop? drop = stream.Place(header.Sequence, out bool isNext);
        drop ??= isNext ? PassOn(stream, header, plaintext) : Keep(stream, header, plaintext);
        if (drop is { } reason)
            counters.Drop(reason);
    }

    private MeshLinkDrop? PassOn(InboundStream stream, in PacketHeader header, ReadOnlyMemory<byte> plaintext)
    {
        // A refused packet is not acknowledged: the peer keeps it, and sends it again.
        if (!TryDeliver(stream.Id, header.Sequence, plaintext, header.EventCount))
            return MeshLinkDrop.InboxFull;
        stream.Advance(plaintext.Length);
        Drain(stream);
        return null;
    }

    private void Drain(InboundStream stream)
    {
        while (stream.TryPeekNext(out InboundPacket kept) && TryDeliver(stream.Id, stream.Next, kept.Plaintext.AsMemory(0, kept.Length), kept.EventCount))
        {
            stream.ReleaseNext(kept);
            _early--;
        }
    }

    private MeshLinkDrop? Keep(InboundStream stream, in PacketHeader header, ReadOnlyMemory<byte> plaintext)
    {
        if (_early >= MostEarlyPackets)
            return MeshLinkDrop.AheadOfWindow;
        stream.Keep(header.Sequence, plaintext.Span, header.EventCount);
        _early++;
        return null;
    }

    private bool TryDeliver(ulong streamId, ulong sequence, ReadOnlyMemory<byte> plaintext, int eventCount)
    {
        int taken = inbox.Deliver(streamId, sequence, plaintext, eventCount);
        HasNews |= taken > 0;
        counters.EventsReceived += Math.Max(0, taken);
        return taken >= 0;
    }

    private void SendWindows(LinkSession session, ReadOnlySpan<InboundStream> streams)
    {
        Span<byte> frames = outbox.Reserve(streams.Length * ControlBytes);
        Span<byte> message = stackalloc byte[StreamWindow.Bytes];
        foreach (InboundStream stream in streams)
        {
            stream.IsDirty = false;
            new StreamWindow(stream.Id, stream.Consumed, stream.Next).Write(message);
            frames = frames[EventFrames.Write(frames, message)..];
        }
        outbox.Commit(session, ControlHeader(SubprotocolId.StreamWindow, streams.Length));
    }

    private void SendNacks(LinkSession session, ReadOnlySpan<InboundStream> streams)
    {
        int gaps = 0;
        foreach (InboundStream stream in streams)
            gaps += stream.HasGap ? 1 : 0;
        if (gaps == 0)
            return;
        Span<byte> frames = outbox.Reserve(gaps * ControlBytes);
        Span<byte> message = stackalloc byte[StreamNack.Bytes];
        foreach (InboundStream stream in streams)
        {
            if (!stream.HasGap)
                continue;
            stream.Missing().Write(message);
            frames = frames[EventFrames.Write(frames, message)..];
        }
        outbox.Commit(session, ControlHeader(SubprotocolId.StreamNack, gaps));
    }

    /// <summary>The header of a control packet with a number of messages.</summary>
    public PacketHeader ControlHeader(ushort subprotocol, int messages) => new()
    {
        SubprotocolId = subprotocol,
        StreamId = WireLimits.ControlStreamId,
        Sequence = _nextControl++,
        EventCount = (ushort)messages,
    };
}
