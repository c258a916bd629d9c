using Microsoft.Extensions.Logging;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Where events go that have passed the session and the stream: to a feature that claims them, to the reader of their stream, or
/// to the inbox (spec 02 §6.4).
/// </summary>
internal sealed class EventPlane(NodeCore core, EventInbox inbox)
{
    private readonly Lock _gate = new();
    private IEventPlaneHandler[] _handlers = [];

    public void Register(IEventPlaneHandler handler)
    {
        lock (_gate)
            _handlers = [.. _handlers, handler];
    }

    public void Unregister(IEventPlaneHandler handler)
    {
        lock (_gate)
            _handlers = [.. _handlers.Where(other => other != handler)];
    }

    /// <summary>Passes packets on in order; the caller holds the stream's delivery gate.</summary>
    public void Deliver(PeerLink peer, StreamState stream, List<InboundPacket> ready)
    {
        foreach (InboundPacket packet in ready)
            Deliver(peer, stream, packet);
        ready.Clear();
    }

    private void Deliver(PeerLink peer, StreamState stream, in InboundPacket packet)
    {
        foreach (IEventPlaneHandler handler in Volatile.Read(ref _handlers))
        {
            if (!handler.Claims(stream.Id, packet.ChannelHash))
                continue;
            Hand(handler, peer, stream, packet);
            core.Buffers.Return(packet.Buffer);
            return;
        }
        stream.Inbound.Add(packet);
        if (!stream.IsClaimed)
            inbox.Notify(peer, stream);
    }

    private void Hand(IEventPlaneHandler handler, PeerLink peer, StreamState stream, in InboundPacket packet)
    {
        try
        {
            if (packet.IsWhole)
            {
                handler.OnEvent(EventOf(peer, stream, packet, packet.Bytes, 0));
                return;
            }
            var frames = new EventFrameReader(packet.Bytes, packet.EventCount);
            for (int i = 0; frames.TryRead(out ReadOnlySpan<byte> payload); i++)
                handler.OnEvent(EventOf(peer, stream, packet, payload, i));
        }
#pragma warning disable CA1031 // Whatever a feature throws stays with it.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            core.Counters.Drop(DropReason.HandlerFailed);
            core.Log.HandlerFailed(cause, SubprotocolId.Events, peer.Id);
        }
    }

    private static PlaneEvent EventOf(PeerLink peer, StreamState stream, in InboundPacket packet, ReadOnlySpan<byte> payload, int index) =>
        new(peer.Public, payload, stream.Id, packet.Sequence, index, packet.ChannelHash, new OriginHash(packet.OriginHash));
}
