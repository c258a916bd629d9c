using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Passes packets of others on without opening them (spec 02 §8.2). Called by the thread that receives.</summary>
internal sealed class Forwarder(NodeCore core)
{
    public void Forward(Span<byte> datagram, in RoutingHeader route, in DatagramAddress source, long now, PacketWriter writer)
    {
        if (!core.Options.ForwardsForOthers)
            core.Counters.Drop(DropReason.NotForwarding);
        else if (route.Ttl == 0)
            core.Counters.Drop(DropReason.TtlExpired);
        else if (route.SourceId == core.Identity.NodeId.RoutingId)
            core.Counters.Drop(DropReason.RoutingLoop);
        else if (!TryNextHop(new NodeId(route.DestinationId), source, now, out DatagramAddress next))
            core.Counters.Drop(DropReason.NoRoute);
        else if (next == source)
            core.Counters.Drop(DropReason.RoutingLoop);
        else if (core.Blocklist.IsBlocked(next))
            core.Counters.Drop(DropReason.Blocked);
        else
            Send(datagram, next, writer);
    }

    // The way back to the previous hop is no way forward: another one may be known.
    private bool TryNextHop(NodeId destination, in DatagramAddress source, long now, out DatagramAddress next)
    {
        if (!core.Routes.TryLookup(destination, now, out next))
            return false;
        if (next == source && core.Routes.TryLookupAlternate(destination, source, out DatagramAddress other))
            next = other;
        return true;
    }

    private void Send(Span<byte> datagram, in DatagramAddress next, PacketWriter writer)
    {
        RoutingHeader.TryForward(datagram);
        writer.AddRaw(datagram, next);
        core.Counters.PacketsForwarded++;
        core.Counters.BytesForwarded += datagram.Length;
    }
}
