using System.Buffers.Binary;

namespace Net.Mesh.Wire;

/// <summary>What a datagram claims to be.</summary>
public enum DatagramShape
{
    /// <summary>None of the others: to be dropped.</summary>
    Unknown,

    /// <summary>A keep-alive of a hole through a NAT.</summary>
    Keepalive,

    /// <summary>A pingwave.</summary>
    Pingwave,

    /// <summary>A packet behind a routing header.</summary>
    Routed,

    /// <summary>A packet.</summary>
    Direct,
}

/// <summary>Tells the four shapes of datagrams on one socket apart (spec 01 §2, 02 §6.1).</summary>
public static class DatagramClassifier
{
    private const int HealthOffset = 63;
    private const byte WorstHealth = 3;

    /// <summary>The shape of a datagram, from its length and a few bytes; the parts are for their own codecs to check.</summary>
    public static DatagramShape Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < sizeof(ushort))
            return DatagramShape.Unknown;
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(datagram);
        if (datagram.Length == WireLimits.KeepaliveBytes && magic == WireLimits.KeepaliveMagic)
            return DatagramShape.Keepalive;
        if (datagram.Length == WireLimits.PingwaveBytes && IsPingwave(datagram, magic))
            return DatagramShape.Pingwave;
        if (magic == WireLimits.RoutingMagic && datagram.Length >= WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes)
            return DatagramShape.Routed;
        return magic == WireLimits.PacketMagic ? DatagramShape.Direct : DatagramShape.Unknown;
    }

    // One node id in 65,536 begins like a packet, and the reference never hears of such a node (spec 02 §1, T1). No packet is
    // as short as a pingwave, because header and tag alone take 84 bytes; so what is left to mistake is a damaged one, which
    // does not have the zeros behind its node id.
    private static bool IsPingwave(ReadOnlySpan<byte> datagram, ushort magic) =>
        datagram[HealthOffset] <= WorstHealth
        && (magic != WireLimits.PacketMagic || !datagram[sizeof(ulong)..GraphId.Bytes].ContainsAnyExcept((byte)0));
}
