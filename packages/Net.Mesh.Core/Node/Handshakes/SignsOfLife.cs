using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>The packet that shows a peer that this side is alive (spec 01 §7.1, 11 §5).</summary>
internal static class SignsOfLife
{
    // One event of no bytes.
    private static readonly byte[] EmptyEvent = new byte[WireLimits.FrameHeaderBytes];

    /// <summary>A heartbeat; towards a relayed peer, which heartbeats never reach, an empty control message.</summary>
    public static void Write(PacketWriter writer, PeerLink peer, PeerPath path, Session session)
    {
        if (!path.IsRelayed)
        {
            writer.Add(peer, path, session, new PacketHeader { Flags = PacketFlags.Heartbeat }, []);
            return;
        }
        var header = new PacketHeader
        {
            SubprotocolId = SubprotocolId.StreamWindow,
            StreamId = WireLimits.ControlStreamId,
            Sequence = peer.NextControlSequence(),
            EventCount = 1,
        };
        writer.Add(peer, path, session, header, EmptyEvent);
    }
}
