using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>What goes back to the senders of streams: grants with acknowledgements, missing sequences, resets, ends (spec 01 §10; 11 §10).</summary>
internal static class StreamReports
{
    /// <summary>Where this side of a stream is, and what is missing if anything is.</summary>
    public static void WriteReport(PacketWriter writer, PeerLink peer, StreamState stream)
    {
        if (peer.Current is not { } session)
            return;
        (StreamWindow grant, StreamNack? nack) = stream.TakeReport();
        Span<byte> message = stackalloc byte[StreamWindow.Bytes];
        grant.Write(message);
        Write(writer, peer, session, SubprotocolId.StreamWindow, stream.Epoch, message);
        if (nack is { } missing)
            WriteNack(writer, peer, stream, missing);
    }

    public static void WriteNack(PacketWriter writer, PeerLink peer, StreamState stream, in StreamNack nack)
    {
        if (peer.Current is not { } session)
            return;
        Span<byte> message = stackalloc byte[StreamNack.Bytes];
        nack.Write(message);
        Write(writer, peer, session, SubprotocolId.StreamNack, stream.Epoch, message);
    }

    public static void WriteReset(PacketWriter writer, PeerLink peer, StreamState stream)
    {
        if (peer.Current is not { } session)
            return;
        Span<byte> message = stackalloc byte[StreamReset.Bytes];
        new StreamReset(stream.Id).Write(message);
        Write(writer, peer, session, SubprotocolId.StreamReset, stream.Epoch, message);
    }

    /// <summary>
    /// Tells a peer that this side has dropped a stream. It is often dropped because the peer cannot be reached, so an ordered peer is
    /// told again with every sign of life until it answers: the end shows at both ends (11 §10).
    /// </summary>
    public static void WriteDropped(PacketWriter writer, PeerLink peer, StreamState stream)
    {
        if (!peer.IsOrdered)
        {
            WriteReset(writer, peer, stream);
            return;
        }
        peer.Streams.ExpectAnswer(stream);
        WriteClosed(writer, peer, new(stream.Id, stream.Epoch, StreamClosedStatus.Aborted, stream.Receiver.NextExpected));
    }

    public static void WriteClose(PacketWriter writer, PeerLink peer, in StreamClose close)
    {
        if (peer.Current is not { } session)
            return;
        Span<byte> message = stackalloc byte[StreamClose.Bytes];
        close.Write(message);
        Write(writer, peer, session, SubprotocolId.StreamLifecycle, close.Epoch, message);
    }

    public static void WriteClosed(PacketWriter writer, PeerLink peer, in StreamClosed closed)
    {
        if (peer.Current is not { } session)
            return;
        Span<byte> message = stackalloc byte[StreamClosed.Bytes];
        closed.Write(message);
        Write(writer, peer, session, SubprotocolId.StreamLifecycle, closed.Epoch, message);
    }

    public static void WriteGoodbye(PacketWriter writer, PeerLink peer, GoodbyeReason reason)
    {
        if (peer.Current is not { } session)
            return;
        Span<byte> message = stackalloc byte[Goodbye.Bytes];
        new Goodbye(reason).Write(message);
        Write(writer, peer, session, SubprotocolId.StreamLifecycle, 0, message);
    }

    // The epoch goes along on control packets too, so that a late report is not taken for one about the next lifetime.
    private static void Write(PacketWriter writer, PeerLink peer, Session session, ushort subprotocol, uint epoch, ReadOnlySpan<byte> message)
    {
        var header = new PacketHeader
        {
            SubprotocolId = subprotocol,
            StreamId = WireLimits.ControlStreamId,
            Sequence = peer.NextControlSequence(),
            SubnetId = peer.IsOrdered ? epoch : 0,
            EventCount = 1,
        };
        Span<byte> plaintext = stackalloc byte[WireLimits.FrameHeaderBytes + StreamWindow.Bytes];
        int length = EventFrames.Write(plaintext, message);
        writer.Add(peer, session, header, plaintext[..length]);
    }
}
