using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Net.Mesh.Transport;

/// <summary>
/// The part of <c>sockaddr_in</c> and <c>sockaddr_in6</c> that all systems lay out alike: behind the two bytes that hold the
/// family, port and address in network order, and the scope of IPv6 in the machine's order.
/// </summary>
internal static class SocketAddressBytes
{
    /// <summary>The length of an IPv4 socket address.</summary>
    public const int IPv4Length = 16;

    /// <summary>The length of an IPv6 socket address.</summary>
    public const int IPv6Length = 28;

    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const int MappedOffset = IPv6Offset + 12;
    private const int ScopeOffset = 24;

    /// <summary>Writes everything but the family.</summary>
    /// <param name="destination">A socket address of the socket's family.</param>
    /// <param name="address">Where to; IPv4 is mapped for an IPv6 socket.</param>
    /// <param name="isIPv6Socket">The socket's family.</param>
    /// <returns>Whether a socket of this family can send there at all.</returns>
    public static bool TryWrite(Span<byte> destination, in DatagramAddress address, bool isIPv6Socket)
    {
        if (address.IsIPv6 && !isIPv6Socket)
            return false;
        BinaryPrimitives.WriteUInt16BigEndian(destination[PortOffset..], address.Port);
        if (!isIPv6Socket)
        {
            address.WriteBytes(destination[IPv4Offset..]);
            return true;
        }
        uint scope = address.ScopeId;
        MemoryMarshal.Write(destination[ScopeOffset..], in scope);
        if (address.IsIPv6)
        {
            address.WriteBytes(destination[IPv6Offset..]);
            return true;
        }
        destination[IPv6Offset..(MappedOffset - 2)].Clear();
        destination[(MappedOffset - 2)..MappedOffset].Fill(0xFF);
        address.WriteBytes(destination[MappedOffset..]);
        return true;
    }

    /// <summary>Reads an address of the socket's family.</summary>
    public static DatagramAddress Read(ReadOnlySpan<byte> source, bool isIPv6Socket)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(source[PortOffset..]);
        return isIPv6Socket
            ? DatagramAddress.FromBytes(source.Slice(IPv6Offset, 16), port, MemoryMarshal.Read<uint>(source[ScopeOffset..]))
            : DatagramAddress.FromBytes(source.Slice(IPv4Offset, 4), port);
    }
}
