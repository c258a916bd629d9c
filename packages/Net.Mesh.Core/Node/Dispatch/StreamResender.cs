using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>Seals packets of reliable streams again, under fresh counters (spec 01 §5.2, §12.3).</summary>
internal static class StreamResender
{
    /// <summary>Seals chosen packets again; the caller holds the stream's gate, which keeps their buffers.</summary>
    public static void Resend(PacketWriter writer, PeerLink peer, StreamState stream, List<int> chosen)
    {
        if (peer.Current is not { } session)
            return;
        foreach (int index in chosen)
        {
            ref RetransmitQueue.Entry entry = ref stream.Sender.PendingAt(index);
            writer.Add(peer, session, HeaderOf(peer, stream, stream.Sender.SequenceAt(index), entry.Content), entry.Content.Plaintext);
        }
    }

    /// <summary>The header of a stream's packet, the same each time it is sent.</summary>
    public static PacketHeader HeaderOf(PeerLink peer, StreamState stream, ulong sequence, in PacketContent content)
    {
        bool isReliable = stream.Sender.IsReliable;
        return new PacketHeader
        {
            Flags = isReliable ? PacketFlags.Reliable : PacketFlags.None,
            SubprotocolId = content.SubprotocolId,
            ChannelHash = stream.Label.ChannelHash,
            OriginHash = stream.Label.Origin.Value,
            StreamId = stream.Id,
            Sequence = sequence,
            SubnetId = isReliable && peer.IsOrdered ? stream.Epoch : 0,
            FragmentFlags = content.FragmentFlags,
            FragmentId = content.FragmentId,
            FragmentOffset = content.FragmentOffset,
            EventCount = content.EventCount,
        };
    }
}
