using Microsoft.Extensions.Logging;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Takes what peers say about streams: grants, missing sequences, resets, ends and goodbyes (spec 01 §10; 11 §10).</summary>
internal sealed class StreamControl(NodeCore core, SessionBook book, Liveness liveness)
{
    private readonly List<int> _resend = [];

    /// <summary>Handles a control packet; every event of it.</summary>
    public bool TryHandle(PeerLink peer, in PacketHeader header, ReadOnlySpan<byte> plaintext, long now, PacketWriter writer)
    {
        if (header.SubprotocolId is not (SubprotocolId.StreamWindow or SubprotocolId.StreamNack or SubprotocolId.StreamReset or SubprotocolId.StreamLifecycle))
            return false;
        var frames = new EventFrameReader(plaintext, header.EventCount);
        while (frames.TryRead(out ReadOnlySpan<byte> message))
        {
            bool isUnderstood = header.SubprotocolId switch
            {
                SubprotocolId.StreamWindow => OnWindow(peer, header, message, now),
                SubprotocolId.StreamNack => OnNack(peer, header, message, now, writer),
                SubprotocolId.StreamReset => OnReset(peer, header, message, now),
                _ => OnLifecycle(peer, message, writer),
            };
            if (!isUnderstood)
                core.Counters.Drop(DropReason.MalformedControl);
        }
        return true;
    }

    /// <summary>Tells a peer that a packet belongs to a lifetime that is over here.</summary>
    public static void AnswerUnknown(PeerLink peer, in PacketHeader header, PacketWriter writer)
    {
        if (peer.IsOrdered)
            StreamReports.WriteClosed(writer, peer, new(header.StreamId, header.SubnetId, StreamClosedStatus.UnknownStream, 0));
    }

    /// <summary>Tells a peer that everything before its close has been delivered.</summary>
    public static void AnswerClosed(PeerLink peer, StreamState stream, PacketWriter writer) =>
        StreamReports.WriteClosed(writer, peer, new(stream.Id, stream.Epoch, StreamClosedStatus.Delivered, stream.Receiver.NextExpected));

    private static bool OnWindow(PeerLink peer, in PacketHeader header, ReadOnlySpan<byte> message, long now)
    {
        // An empty one is a sign of life of a relayed peer (11 §5).
        if (message.IsEmpty)
            return true;
        if (!StreamWindow.TryParse(message, out StreamWindow grant))
            return false;
        if (peer.Streams.TryGet(grant.StreamId, out StreamState? stream) && !peer.Streams.IsAboutAnother(stream, header.SubnetId, peer.IsOrdered, now))
            stream.OnGrant(grant, now);
        return true;
    }

    private bool OnNack(PeerLink peer, in PacketHeader header, ReadOnlySpan<byte> message, long now, PacketWriter writer)
    {
        if (!StreamNack.TryParse(message, out StreamNack nack))
            return false;
        if (!peer.Streams.TryGet(nack.StreamId, out StreamState? stream) || peer.Streams.IsAboutAnother(stream, header.SubnetId, peer.IsOrdered, now))
            return true;
        lock (stream.Gate)
        {
            _resend.Clear();
            stream.Sender.OnNack(nack, now, _resend);
            StreamResender.Resend(writer, peer, stream, _resend);
        }
        return true;
    }

    private bool OnReset(PeerLink peer, in PacketHeader header, ReadOnlySpan<byte> message, long now)
    {
        if (!StreamReset.TryParse(message, out StreamReset reset))
            return false;
        if (!peer.Streams.TryGet(reset.StreamId, out StreamState? stream))
            return true;
        // One that was overtaken by the next lifetime's first packet must not end that, however late it comes.
        bool isOld = peer.IsOrdered && header.SubnetId < stream.Epoch;
        if (!isOld && !peer.Streams.IsAboutAnother(stream, header.SubnetId, peer.IsOrdered, now) && peer.Streams.Remove(stream, StreamEnd.RemoteReset))
            core.Log.StreamFailed(stream.Id, peer.Id, StreamEnd.RemoteReset);
        return true;
    }

    private bool OnLifecycle(PeerLink peer, ReadOnlySpan<byte> message, PacketWriter writer)
    {
        if (StreamClose.TryParse(message, out StreamClose close))
            OnClose(peer, close, writer);
        else if (StreamClosed.TryParse(message, out StreamClosed closed))
            OnClosed(peer, closed, writer);
        else if (Goodbye.TryParse(message, out _))
            OnGoodbye(peer);
        else
            return false;
        return true;
    }

    private static void OnClose(PeerLink peer, in StreamClose close, PacketWriter writer)
    {
        if (!peer.Streams.TryGet(close.StreamId, out StreamState? stream) || stream.Epoch != close.Epoch)
        {
            StreamReports.WriteClosed(writer, peer, new(close.StreamId, close.Epoch, StreamClosedStatus.UnknownStream, 0));
            return;
        }
        stream.OnRemoteClose(close.FinalSequence);
        if (stream.IsRemoteCloseComplete)
            AnswerClosed(peer, stream, writer);
    }

    private void OnClosed(PeerLink peer, in StreamClosed closed, PacketWriter writer)
    {
        if (closed.Status == StreamClosedStatus.UnknownStream)
            peer.Streams.OnAnswered(closed.StreamId, closed.Epoch);
        else if (closed.Status == StreamClosedStatus.Aborted)
            StreamReports.WriteClosed(writer, peer, new(closed.StreamId, closed.Epoch, StreamClosedStatus.UnknownStream, 0));
        if (!peer.Streams.TryGet(closed.StreamId, out StreamState? stream) || closed.Epoch < stream.Epoch)
            return;
        if (closed.Epoch > stream.Epoch)
        {
            OnLaterClosed(peer, stream, closed);
            return;
        }
        switch (closed.Status)
        {
            case StreamClosedStatus.Delivered:
                stream.OnCloseAcknowledged();
                break;
            // The peer forgot the stream: as if done, unless something is still on the way.
            case StreamClosedStatus.UnknownStream when stream.IsClosing && stream.Sender.Unacknowledged == 0:
                stream.OnCloseAcknowledged();
                break;
            default:
                StreamEnd end = closed.Status == StreamClosedStatus.GapGivenUp ? StreamEnd.Gap : StreamEnd.RemoteReset;
                if (peer.Streams.Remove(stream, end))
                    core.Log.StreamFailed(stream.Id, peer.Id, end);
                break;
        }
    }

    // The peer gave a later lifetime up of which nothing came here: the one that this side still waits for is over as well.
    private void OnLaterClosed(PeerLink peer, StreamState stream, in StreamClosed closed)
    {
        bool isOver = closed.Status is StreamClosedStatus.Aborted or StreamClosedStatus.GapGivenUp;
        if (!isOver || closed.Epoch == uint.MaxValue || stream.TryTakeEpoch(closed.Epoch + 1))
            return;
        if (peer.Streams.Remove(stream, StreamEnd.RemoteReset))
            core.Log.StreamFailed(stream.Id, peer.Id, StreamEnd.RemoteReset);
    }

    private void OnGoodbye(PeerLink peer)
    {
        if (peer.Current is null)
            return;
        core.Routes.Remove(peer.Id);
        liveness.Forget(peer);
        book.Forget(peer);
        peer.Streams.Clear(StreamEnd.PeerLeft);
        core.Log.PeerChanged(peer.Id, PeerChange.Left);
        core.Events.Raise(peer, PeerChange.Left);
    }
}
