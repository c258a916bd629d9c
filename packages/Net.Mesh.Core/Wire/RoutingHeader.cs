using System.Diagnostics.CodeAnalysis;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>The flag bits of a routing header; a mesh node sends none of them (spec 02 §8.1).</summary>
[Flags]
[SuppressMessage("Naming", "CA1711", Justification = "It is the name of the field on the wire.")]
public enum RouteFlags : byte
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>Control traffic.</summary>
    Control = 0x01,

    /// <summary>The sender wishes for an acknowledgement.</summary>
    RequiresAck = 0x02,

    /// <summary>To be sent before other traffic.</summary>
    Priority = 0x04,

    /// <summary>The last packet of a stream.</summary>
    EndOfStream = 0x08,
}

/// <summary>
/// The 18 bytes in front of a packet that travels through other nodes (spec 02 §8.1). They are neither encrypted nor
/// authenticated: nothing in them may be believed.
/// </summary>
public readonly record struct RoutingHeader
{
    private const byte KnownFlags = 0x0F;

    /// <summary>How many more nodes may pass the packet on.</summary>
    public byte Ttl { get; init; }

    /// <summary>How many nodes passed the packet on; stays at 255 once it is there.</summary>
    public byte HopCount { get; init; }

    /// <summary>The flags; the upper four bits read as 0.</summary>
    public RouteFlags Flags { get; init; }

    /// <summary>Sent as 0, passed on as received.</summary>
    public byte Reserved { get; init; }

    /// <summary>The low 32 bits of the sender's node id.</summary>
    public uint SourceId { get; init; }

    /// <summary>The full node id of the receiver.</summary>
    public ulong DestinationId { get; init; }

    /// <summary>Reads the header that a datagram begins with; false for fewer than 18 bytes or another magic.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out RoutingHeader header)
    {
        if (!HasHeader(datagram))
        {
            header = default;
            return false;
        }
        header = new()
        {
            Ttl = datagram[2],
            HopCount = datagram[3],
            Flags = (RouteFlags)(datagram[4] & KnownFlags),
            Reserved = datagram[5],
            SourceId = ReadUInt32LittleEndian(datagram[6..]),
            DestinationId = ReadUInt64LittleEndian(datagram[10..]),
        };
        return true;
    }

    /// <summary>Writes the 18 bytes.</summary>
    /// <param name="destination">At least 18 bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..WireLimits.RoutingHeaderBytes];
        WriteUInt16LittleEndian(bytes, WireLimits.RoutingMagic);
        bytes[2] = Ttl;
        bytes[3] = HopCount;
        bytes[4] = (byte)((byte)Flags & KnownFlags);
        bytes[5] = Reserved;
        WriteUInt32LittleEndian(bytes[6..], SourceId);
        WriteUInt64LittleEndian(bytes[10..], DestinationId);
    }

    /// <summary>
    /// Makes a datagram in place what the next node shall see: one less to live, one more hop, counted up to 255 and not around
    /// to 0 (spec 02 §8.2, T24).
    /// </summary>
    /// <returns>False, with nothing changed, when it had no hop left, or when it does not begin with a routing header.</returns>
    public static bool TryForward(Span<byte> datagram)
    {
        if (!HasHeader(datagram) || datagram[2] == 0)
            return false;
        datagram[2]--;
        datagram[3] = (byte)Math.Min(datagram[3] + 1, byte.MaxValue);
        datagram[4] &= KnownFlags;
        return true;
    }

    private static bool HasHeader(ReadOnlySpan<byte> datagram) =>
        datagram.Length >= WireLimits.RoutingHeaderBytes && ReadUInt16LittleEndian(datagram) == WireLimits.RoutingMagic;
}
