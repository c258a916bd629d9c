namespace Net.Mesh.Wire;

/// <summary>The sizes and bounds of the wire of Net 0.27.2 (spec 01 §3, §4, §10; 02 §8, §10).</summary>
public static class WireLimits
{
    /// <summary>The packet header.</summary>
    public const int HeaderBytes = 68;

    /// <summary>The authentication tag behind a sealed payload.</summary>
    public const int TagBytes = 16;

    /// <summary>The routing header in front of a packet that travels through others.</summary>
    public const int RoutingHeaderBytes = 18;

    /// <summary>What a packet adds to its plaintext, and what stream credit is charged for it: header and tag.</summary>
    public const int PacketOverheadBytes = HeaderBytes + TagBytes;

    /// <summary>The largest datagram: the reference receives into a buffer of this size and cuts off the rest.</summary>
    public const int MaxDatagramBytes = 8192;

    /// <summary>The largest plaintext of a packet that goes straight to its receiver.</summary>
    public const int MaxPayloadBytes = MaxDatagramBytes - PacketOverheadBytes;

    /// <summary>The largest plaintext of a packet behind a routing header (spec 02 §8.3).</summary>
    public const int MaxRoutedPayloadBytes = MaxPayloadBytes - RoutingHeaderBytes;

    /// <summary>The most events in one packet: every one costs at least its length field.</summary>
    public const int MaxEventsPerPacket = MaxPayloadBytes / FrameHeaderBytes;

    /// <summary>The largest single event of a packet that goes straight to its receiver.</summary>
    public const int MaxEventBytes = MaxPayloadBytes - FrameHeaderBytes;

    /// <summary>The largest single event of a packet behind a routing header.</summary>
    public const int MaxRoutedEventBytes = MaxRoutedPayloadBytes - FrameHeaderBytes;

    /// <summary>The length field in front of every event.</summary>
    public const int FrameHeaderBytes = 4;

    /// <summary>The associated data: the packet header without nonce, its hop count read as 0.</summary>
    public const int AadBytes = HeaderBytes - NonceBytes;

    /// <summary>The nonce inside the packet header: a prefix of 4 bytes and a counter of 8.</summary>
    public const int NonceBytes = 12;

    /// <summary>A pingwave, which is a datagram of its own.</summary>
    public const int PingwaveBytes = 72;

    /// <summary>A keep-alive of a hole through a NAT, which is a datagram of its own (spec 02 §16.5).</summary>
    public const int KeepaliveBytes = 14;

    /// <summary>The stream id that window grants, NACKs, resets and stream lifecycle messages ride on.</summary>
    public const ulong ControlStreamId = ulong.MaxValue;

    internal const ushort PacketMagic = 0x4E45;
    internal const ushort RoutingMagic = 0x5452;
    internal const ushort KeepaliveMagic = 0x4850;
    internal const byte PacketVersion = 1;
}
