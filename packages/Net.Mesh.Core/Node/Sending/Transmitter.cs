using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The way out for events and messages: packs them, takes credit and sequences, seals and sends (spec 01 §9, §14). Thread-safe; sends
/// on one stream follow one another.
/// </summary>
internal sealed class Transmitter(NodeCore core, SweepList sweep, ScheduledSends scheduled)
{
    /// <summary>Sends everything, or nothing.</summary>
    public SendStatus TrySend(PeerLink peer, StreamState stream, in EventList events)
    {
        Validate(peer, events);
        lock (stream.SendGate)
        {
            if (!TryBegin(peer, stream, out Session? session, out PacketPacker packer))
                return SendStatus.NotConnected;
            long credit = CreditOf(packer, events);
            if (!stream.Sender.Credit.IsUnlimited && credit > stream.Sender.Credit.Window)
                throw new StreamException("exceeds-window", $"The send takes {credit} bytes of credit and the stream's window is {stream.Sender.Credit.Window}: it can never go at once. Send less, open the stream with a larger {nameof(StreamOptions.WindowBytes)}, or use SendBlockingAsync.");
            bool isRefused = false;
            lock (stream.Gate)
            {
                if (stream.End != StreamEnd.None)
                    return SendStatus.NotConnected;
                if (!TryAcquire(peer, stream, credit))
                    isRefused = true;
            }
            if (isRefused)
            {
                Follow(peer, stream);
                return SendStatus.Backpressure;
            }
            using PacketWriter writer = core.Writers.Rent();
            while (!packer.IsDone(events))
                Emit(writer, peer, session!, stream, packer.Next(events, core.Buffers, stream));
            SealedAll(stream);
        }
        Follow(peer, stream);
        return SendStatus.Sent;
    }

    /// <summary>Sends as much as credit and congestion admit, from where <paramref name="packer"/> stands.</summary>
    /// <returns>Sent when everything is out; back-pressure when the rest has to wait.</returns>
    public SendStatus SendOn(PeerLink peer, StreamState stream, in EventList events, ref PacketPacker packer)
    {
        var status = SendStatus.Sent;
        lock (stream.SendGate)
        {
            if (peer.Current is not { } session || stream.End != StreamEnd.None || stream.IsClosing)
                return SendStatus.NotConnected;
            using PacketWriter writer = core.Writers.Rent();
            while (!packer.IsDone(events))
            {
                PacketPacker ahead = packer;
                int credit = ahead.Measure(events) + WireLimits.PacketOverheadBytes;
                lock (stream.Gate)
                {
                    ThrowIfNeverAdmitted(stream, credit);
                    if (stream.End != StreamEnd.None)
                        status = SendStatus.NotConnected;
                    else if (!TryAcquire(peer, stream, credit))
                        status = SendStatus.Backpressure;
                }
                if (status != SendStatus.Sent)
                    break;
                Emit(writer, peer, session, stream, packer.Next(events, core.Buffers, stream));
            }
            SealedAll(stream);
        }
        Follow(peer, stream);
        return status;
    }

    /// <summary>A packer that stands at the beginning, for the peer's present path.</summary>
    public static PacketPacker PackerFor(PeerLink peer, StreamState stream)
    {
        int most = peer.Path.IsRelayed ? WireLimits.MaxRoutedPayloadBytes : WireLimits.MaxPayloadBytes;
        long window = stream.Sender.Credit.Window - WireLimits.PacketOverheadBytes;
        // A packet larger than the whole window would never get its credit.
        bool isSmall = !stream.Sender.Credit.IsUnlimited && window < most && window >= SmallestPayload && peer.TakesLargeMessages;
        return new(isSmall ? (int)window : most);
    }

    /// <summary>Sends a message of a subprotocol, or a bare event; nothing limits or repeats it.</summary>
    public SendStatus SendUnlimited(PeerLink peer, ulong streamId, ushort subprotocol, in EventList events)
    {
        Validate(peer, events);
        StreamState stream = peer.Streams.Open(streamId, UnlimitedStream, peer.IsOrdered);
        // Whoever opened the id as a reliable stream was promised that nothing of it is lost (01 T8).
        if (subprotocol == SubprotocolId.Events && stream.Sender.IsReliable)
            return TrySend(peer, stream, events);
        lock (stream.SendGate)
        {
            if (!TryBegin(peer, stream, out Session? session, out PacketPacker packer))
                return SendStatus.NotConnected;
            using PacketWriter writer = core.Writers.Rent();
            while (!packer.IsDone(events))
            {
                PacketContent content = packer.Next(events, core.Buffers, stream);
                content.SubprotocolId = subprotocol;
                ulong sequence;
                lock (stream.Gate)
                    sequence = stream.Sender.IsReliable ? peer.NextControlSequence() : stream.Sender.NextUnregistered();
                writer.Add(peer, session!, StreamResender.HeaderOf(peer, stream, sequence, content) with { Flags = PacketFlags.None, SubnetId = 0 }, content.Plaintext);
                core.Buffers.Return(content.Buffer);
            }
        }
        stream.Touch(core.Time.GetTimestamp());
        return SendStatus.Sent;
    }

    /// <summary>Refuses messages that the peer cannot take, before anything of them is sent.</summary>
    public void Validate(PeerLink peer, in EventList events)
    {
        int maxEvent = peer.Path.IsRelayed ? WireLimits.MaxRoutedEventBytes : WireLimits.MaxEventBytes;
        for (int i = 0; i < events.Count; i++)
        {
            int length = events.LengthOf(i);
            if (length <= maxEvent)
                continue;
            if (length > core.Options.MaxMessageBytes)
                throw new MessageTooLargeException(length, core.Options.MaxMessageBytes, $"that is {nameof(MeshNodeOptions.MaxMessageBytes)} of this node. Raise it at both ends, or send the content in parts.");
            if (peer.Current is not null && !peer.TakesLargeMessages)
                throw new MessageTooLargeException(length, maxEvent, $"peer {peer.Id} speaks the profile of Net 0.27, which carries one event in one packet{(peer.Path.IsRelayed ? " behind a routing header" : "")}. Send the content in parts.");
        }
    }

    private const int SmallestPayload = 64;

    private static readonly StreamOptions UnlimitedStream = new() { WindowBytes = 0 };

    private static bool TryBegin(PeerLink peer, StreamState stream, out Session? session, out PacketPacker packer)
    {
        session = peer.Current;
        packer = PackerFor(peer, stream);
        return session is not null && stream.End == StreamEnd.None && !stream.IsClosing;
    }

    // The grants of a 0.27 peer never find their way back through a relay: to wait for them would be for nothing (01 §9).
    private static bool TryAcquire(PeerLink peer, StreamState stream, long credit) =>
        (!stream.Sender.IsReliable && peer.IsReference && peer.Path.IsRelayed) || stream.Sender.TryAcquire(credit);

    private static void ThrowIfNeverAdmitted(StreamState stream, long credit)
    {
        if (!stream.Sender.Credit.IsUnlimited && credit > stream.Sender.Credit.Window)
            throw new StreamException("exceeds-window", $"A packet of the send takes {credit} bytes of credit and the stream's window is {stream.Sender.Credit.Window}: it can never go. Open the stream with a larger {nameof(StreamOptions.WindowBytes)}.");
    }

    private static long CreditOf(PacketPacker packer, in EventList events)
    {
        long credit = 0;
        while (!packer.IsDone(events))
            credit += packer.Measure(events) + WireLimits.PacketOverheadBytes;
        return credit;
    }

    private void Emit(PacketWriter writer, PeerLink peer, Session session, StreamState stream, in PacketContent content)
    {
        ulong sequence;
        long now = core.Time.GetTimestamp();
        lock (stream.Gate)
        {
            if (stream.End != StreamEnd.None)
            {
                core.Buffers.Return(content.Buffer);
                return;
            }
            // Everything before this one is in the batch already, and may be acknowledged as soon as the batch leaves.
            stream.Sender.Sealed();
            sequence = stream.Sender.Take(content, now);
            stream.Touch(now);
            stream.LastGrantOrSend = now;
        }
        if (stream.Options.Scheduled)
        {
            scheduled.Enqueue(peer, stream, sequence, content);
            return;
        }
        writer.Add(peer, session, StreamResender.HeaderOf(peer, stream, sequence, content), content.Plaintext);
        if (!stream.Sender.IsReliable)
            core.Buffers.Return(content.Buffer);
    }

    private static void SealedAll(StreamState stream)
    {
        if (stream.Options.Scheduled)
            return;
        lock (stream.Gate)
            stream.Sender.Sealed();
    }

    private void Follow(PeerLink peer, StreamState stream)
    {
        if (stream.Options.Scheduled)
            scheduled.Drain();
        if (stream.NeedsSweep)
            sweep.Add(peer, stream);
    }
}
