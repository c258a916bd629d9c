namespace Net.Mesh.Wire;

/// <summary>
/// The bits of <see cref="PacketHeader.FragmentFlags"/> between nodes that agreed on large messages (spec 11 §9). Such a packet
/// holds one event, a piece of the message; <see cref="PacketHeader.FragmentId"/> names the message, and
/// <see cref="PacketHeader.FragmentOffset"/> is the number of the piece.
/// </summary>
public static class FragmentMarks
{
    /// <summary>The packet is a piece of a large message.</summary>
    public const byte Fragment = 0x01;

    /// <summary>The piece is the message's last one.</summary>
    public const byte Last = 0x02;
}
