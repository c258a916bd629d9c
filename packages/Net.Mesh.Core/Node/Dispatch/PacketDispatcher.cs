using Microsoft.Extensions.Logging;
using Net.Mesh.Sessions;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// What happens to a datagram, in the order of spec 02 §6 and 01 §8: told apart, matched to a session, opened, and handed on. All of
/// it runs on the thread that receives; nothing of a user's does, but the readers that asked for it.
/// </summary>
internal sealed class PacketDispatcher(
    NodeCore core, Initiator initiator, Responder responder, SessionBook book, Liveness liveness, Forwarder forwarder,
    StreamControl control, EventPlane plane, SubprotocolRouter subprotocols, SweepList sweep) : IDatagramReceiver
{
    private readonly List<(PeerLink Peer, StreamState Stream)> _due = [];
    private readonly List<InboundPacket> _ready = [];
    private readonly InlineWakes _wakes = new();
    private PacketWriter? _writer;
    private long _now;

    public void OnReceived(DatagramBatch batch)
    {
        _now = core.Time.GetTimestamp();
        _writer ??= core.Writers.Rent();
        _wakes.Collect();
        for (int i = 0; i < batch.Count; i++)
        {
            try
            {
                Dispatch(batch[i], batch.AddressOf(i));
            }
#pragma warning disable CA1031 // Nothing that a datagram holds may stop the thread that receives.
            catch (Exception cause)
#pragma warning restore CA1031
            {
                core.Counters.Drop(DropReason.HandlerFailed);
                core.Log.DatagramFailed(cause, batch.AddressOf(i));
            }
        }
        // What others wait for leaves before a reader's code runs.
        _writer.Flush();
        _wakes.Run();
        // One report per stream and batch: the latest totals say everything.
        foreach ((PeerLink peer, StreamState stream) in _due)
        {
            stream.IsReportDue = false;
            StreamReports.WriteReport(_writer, peer, stream);
        }
        _due.Clear();
        _writer.Flush();
    }

    private void Dispatch(Span<byte> datagram, in DatagramAddress source)
    {
        if (core.Blocklist.IsBlocked(source))
        {
            core.Counters.Drop(DropReason.Blocked);
            return;
        }
        switch (DatagramClassifier.Classify(datagram))
        {
            case DatagramShape.Direct:
                OnDirect(datagram, source);
                break;
            case DatagramShape.Routed:
                OnRouted(datagram, source);
                break;
            case DatagramShape.Pingwave:
                liveness.OnPingwave(datagram, source, _writer!);
                break;
            case DatagramShape.Keepalive:
                core.Counters.Drop(DropReason.Keepalive);
                break;
            default:
                core.Counters.Drop(DropReason.UnknownShape);
                break;
        }
    }

    private void OnRouted(Span<byte> datagram, in DatagramAddress source)
    {
        if (!RoutingHeader.TryParse(datagram, out RoutingHeader route))
        {
            core.Counters.Drop(DropReason.MalformedHeader);
            return;
        }
        if (route.DestinationId != core.Identity.NodeId.Value)
        {
            forwarder.Forward(datagram, route, source, _now, _writer!);
            return;
        }
        Span<byte> packet = datagram[WireLimits.RoutingHeaderBytes..];
        if (!PacketHeader.TryParse(packet, out PacketHeader header))
        {
            core.Counters.Drop(DropReason.MalformedHeader);
            return;
        }
        if ((header.Flags & PacketFlags.Handshake) != 0)
        {
            OnHandshake(packet[WireLimits.HeaderBytes..], route.SourceId, new PeerPath(source, route.HopCount > 0));
            return;
        }
        if ((header.Flags & PacketFlags.Heartbeat) != 0)
        {
            // Heartbeats are link-local.
            core.Counters.Drop(DropReason.MisplacedHeartbeat);
            return;
        }
        OnPacket(packet, header, source, isDirect: route.HopCount == 0);
    }

    private void OnDirect(Span<byte> packet, in DatagramAddress source)
    {
        if (!PacketHeader.TryParse(packet, out PacketHeader header))
            core.Counters.Drop(DropReason.MalformedHeader);
        else if ((header.Flags & PacketFlags.Handshake) != 0)
            OnHandshake(packet[WireLimits.HeaderBytes..], null, new PeerPath(source, IsRelayed: false));
        else if ((header.Flags & PacketFlags.Heartbeat) != 0)
            OnHeartbeat(packet, header, source);
        else
            OnPacket(packet, header, source, isDirect: true);
    }

    private void OnHandshake(ReadOnlySpan<byte> message, uint? sourceId, PeerPath path)
    {
        if (!responder.Admits(path.Address, _now))
        {
            core.Counters.Drop(DropReason.HandshakeRateLimited);
            return;
        }
        // Lengths do not tell the two messages apart: whatever verifies decides (11 §2).
        if (initiator.MayExpect(sourceId, path.Address) && initiator.TryAnswer(message, sourceId, path, _now))
            return;
        DropReason? dropped = sourceId is { } id ? responder.OnRouted(message, id, path, _now) : responder.OnDirect(message, path, _now);
        if (dropped is not { } reason)
            return;
        core.Counters.Drop(reason);
        core.Log.HandshakeDropped(path.Address, reason);
    }

    private void OnHeartbeat(ReadOnlySpan<byte> packet, in PacketHeader header, in DatagramAddress source)
    {
        if (!core.Peers.TryGetSession(header.SessionId, out SessionEntry? entry))
            core.Counters.Drop(DropReason.UnknownSession);
        else if (header.PayloadLength != 0 || packet.Length != WireLimits.PacketOverheadBytes)
            core.Counters.Drop(DropReason.MisplacedHeartbeat);
        else if (Open(entry, packet, header, []))
            OnAuthenticated(entry, source, isDirect: true, isHeartbeat: true);
    }

    private void OnPacket(ReadOnlySpan<byte> packet, in PacketHeader header, in DatagramAddress source, bool isDirect)
    {
        if (!core.Peers.TryGetSession(header.SessionId, out SessionEntry? entry))
        {
            core.Counters.Drop(DropReason.UnknownSession);
            return;
        }
        byte[] buffer = core.Buffers.Rent(header.PayloadLength);
        if (!Open(entry, packet, header, buffer.AsSpan(0, header.PayloadLength)))
        {
            core.Buffers.Return(buffer);
            return;
        }
        OnAuthenticated(entry, source, isDirect, isHeartbeat: false);
        if (!TryDispatchSubprotocol(entry, header, buffer.AsSpan(0, header.PayloadLength), isDirect))
            OnEvents(entry.Peer, header, buffer);
        else
            core.Buffers.Return(buffer);
    }

    private bool Open(SessionEntry entry, ReadOnlySpan<byte> packet, in PacketHeader header, Span<byte> plaintext)
    {
        OpenOutcome outcome = entry.Session.TryOpen(packet, header, plaintext);
        if (outcome == OpenOutcome.Opened)
        {
            core.Counters.PacketsReceived++;
            return true;
        }
        core.Counters.Drop(outcome switch
        {
            OpenOutcome.WrongLength => DropReason.WrongLength,
            OpenOutcome.WrongTag => DropReason.WrongTag,
            _ => DropReason.Replayed,
        });
        return false;
    }

    private void OnAuthenticated(SessionEntry entry, in DatagramAddress source, bool isDirect, bool isHeartbeat)
    {
        entry.Session.LastAuthenticated = _now;
        if (!entry.Session.IsConfirmed)
            book.Confirm(entry, _now);
        else if (entry.RetiresAt != 0 && !entry.Session.IsSecure)
            book.Follow(entry, _now);
        else if (entry.HasLostCrossing)
            book.OnHeardUnderLoser(entry, _now);
        liveness.OnHeard(entry, source, isDirect, isHeartbeat, _now);
    }

    private bool TryDispatchSubprotocol(SessionEntry entry, in PacketHeader header, ReadOnlySpan<byte> plaintext, bool isDirect)
    {
        ushort id = header.SubprotocolId;
        if (id == SubprotocolId.Events)
            return false;
        if (control.TryHandle(entry.Peer, header, plaintext, _now, _writer!))
            return true;
        if (subprotocols.TryGet(id, out ISubprotocolHandler? handler))
        {
            if (FragmentPlace.Of(header) is { IsFragment: true } place)
                OnSubprotocolFragment(handler!, entry.Peer, header, place, plaintext, isDirect);
            else
                subprotocols.Dispatch(handler!, entry.Peer, header, plaintext, isDirect);
            return true;
        }
        // Unknown ids are events (02 §6.4); those of parts that this node does not have are dropped.
        return SubprotocolRouter.IsOwn(id);
    }

    private void OnSubprotocolFragment(ISubprotocolHandler handler, PeerLink peer, in PacketHeader header, in FragmentPlace place, ReadOnlySpan<byte> plaintext, bool isDirect)
    {
        StreamState? stream = peer.Streams.ForInbound(header, peer.IsOrdered, out _);
        var frames = new EventFrameReader(plaintext, 1);
        if (stream is null || !peer.TakesLargeMessages || !frames.TryRead(out ReadOnlySpan<byte> piece))
        {
            core.Counters.Drop(DropReason.FragmentMalformed);
            return;
        }
        FragmentOutcome outcome;
        byte[]? whole;
        lock (stream.Gate)
            outcome = stream.AddFragment(place, piece, _now, out whole);
        CountFragment(outcome);
        if (outcome == FragmentOutcome.Waiting)
            sweep.Add(peer, stream);
        if (outcome == FragmentOutcome.Complete)
            subprotocols.Hand(handler, new SubprotocolMessage(peer.Public, whole, header.StreamId, header.Sequence, isDirect));
    }

    private void OnEvents(PeerLink peer, in PacketHeader header, byte[] buffer)
    {
        StreamState? stream = peer.Streams.ForInbound(header, peer.IsOrdered, out bool isOldLifetime);
        if (stream is null)
        {
            core.Buffers.Return(buffer);
            core.Counters.Drop(isOldLifetime ? DropReason.StreamEnded : DropReason.TooManyStreams);
            if (isOldLifetime)
                StreamControl.AnswerUnknown(peer, header, _writer!);
            return;
        }
        var packet = new InboundPacket
        {
            Buffer = buffer,
            Length = header.PayloadLength,
            EventCount = header.EventCount,
            Sequence = header.Sequence,
            ChannelHash = header.ChannelHash,
            OriginHash = header.OriginHash,
            Fragment = peer.TakesLargeMessages ? FragmentPlace.Of(header) : default,
        };
        ReceiveOutcome outcome;
        bool wasComplete = stream.IsRemoteCloseComplete;
        lock (stream.DeliveryGate)
        {
            outcome = stream.Receive(header, packet, _now, _ready);
            plane.Deliver(peer, stream, _ready);
            if (outcome == ReceiveOutcome.Accepted)
                stream.OnDelivered();
        }
        Account(peer, stream, outcome);
        if (!wasComplete && stream.IsRemoteCloseComplete)
            StreamControl.AnswerClosed(peer, stream, _writer!);
    }

    private void Account(PeerLink peer, StreamState stream, ReceiveOutcome outcome)
    {
        if (stream.TakeFragmentOutcome() is { } fragment)
        {
            CountFragment(fragment);
            // A message that was dropped is a gap that nothing will fill (11 §10: never a silent skip).
            if (fragment is FragmentOutcome.Malformed or FragmentOutcome.OverBudget && peer.IsOrdered && stream.ReceivesReliably)
            {
                StreamReports.WriteClosed(_writer!, peer, new(stream.Id, stream.Epoch, StreamClosedStatus.GapGivenUp, stream.Receiver.NextExpected));
                if (peer.Streams.Remove(stream, StreamEnd.Gap))
                    core.Log.StreamFailed(stream.Id, peer.Id, StreamEnd.Gap);
                return;
            }
        }
        switch (outcome)
        {
            case ReceiveOutcome.Duplicate:
                core.Counters.Drop(DropReason.Duplicate);
                break;
            case ReceiveOutcome.TooFarAhead:
                core.Counters.Drop(DropReason.TooFarAhead);
                break;
            case ReceiveOutcome.QueueFull:
                core.Counters.Drop(DropReason.QueueFull);
                return;
            case ReceiveOutcome.Ended:
                core.Counters.Drop(DropReason.StreamEnded);
                return;
        }
        // Also what was refused is answered: the sender's last grant may be the one that was lost (01 §12.6).
        if (!stream.IsReportDue)
        {
            stream.IsReportDue = true;
            _due.Add((peer, stream));
        }
        if (stream.NeedsSweep)
            sweep.Add(peer, stream);
    }

    private void CountFragment(FragmentOutcome outcome)
    {
        if (outcome == FragmentOutcome.Malformed)
            core.Counters.Drop(DropReason.FragmentMalformed);
        else if (outcome == FragmentOutcome.OverBudget)
            core.Counters.Drop(DropReason.FragmentOverBudget);
    }
}
