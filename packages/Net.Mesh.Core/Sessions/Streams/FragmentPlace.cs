using Net.Mesh.Wire;

namespace Net.Mesh.Sessions;

/// <summary>Where a packet stands in a large message (11 §9).</summary>
internal readonly record struct FragmentPlace(ushort Id, ushort Index, byte Flags)
{
    public const byte Fragment = 1;
    public const byte Last = 2;

    public bool IsFragment => (Flags & Fragment) != 0;

    public bool IsLast => (Flags & Last) != 0;

    public static FragmentPlace Of(in PacketHeader header) => new(header.FragmentId, header.FragmentOffset, header.FragmentFlags);
}
