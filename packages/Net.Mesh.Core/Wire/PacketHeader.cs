using System.Runtime.CompilerServices;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>
/// The 68 bytes in front of every packet (spec 01 §3). Fields that 0.27.2 never sets are 0 by default and read as they came.
/// </summary>
public readonly record struct PacketHeader
{
    private const int NonceOffset = 12;
    private const int AfterNonce = NonceOffset + WireLimits.NonceBytes;

    /// <summary>What kind of packet this is.</summary>
    public PacketFlags Flags { get; init; }

    /// <summary>Always 0 from 0.27.2, and read nowhere.</summary>
    public byte Priority { get; init; }

    /// <summary>Always 0 from 0.27.2; the routing header counts hops instead.</summary>
    public byte HopTtl { get; init; }

    /// <summary>Always 0 from 0.27.2, and the one field outside the associated data.</summary>
    public byte HopCount { get; init; }

    /// <summary>0, or what this packet is of a large message between nodes that agreed on those (spec 11 §9).</summary>
    public byte FragmentFlags { get; init; }

    /// <summary>0 for events, otherwise one of <see cref="Wire.SubprotocolId"/>.</summary>
    public ushort SubprotocolId { get; init; }

    /// <summary>The low 16 bits of a publish's channel hash; alone no proof of a channel packet (spec 02 T25).</summary>
    public ushort ChannelHash { get; init; }

    /// <summary>The first four bytes of the nonce, see <see cref="NoncePrefixOf"/>; written, and ignored on receipt.</summary>
    public uint NoncePrefix { get; init; }

    /// <summary>The number of this packet within its direction of the session.</summary>
    public ulong NonceCounter { get; init; }

    /// <summary>The session.</summary>
    public ulong SessionId { get; init; }

    /// <summary>The stream within the session.</summary>
    public ulong StreamId { get; init; }

    /// <summary>The number of this packet within its stream, from 0.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The publisher's origin hash on publishes, otherwise 0.</summary>
    public ulong OriginHash { get; init; }

    /// <summary>Always 0 from 0.27.2; the stream's epoch between nodes that agreed on it (spec 11 §10).</summary>
    public uint SubnetId { get; init; }

    /// <summary>The large message that this is a piece of (spec 11 §9), otherwise 0.</summary>
    public ushort FragmentId { get; init; }

    /// <summary>The number of this piece (spec 11 §9), otherwise 0.</summary>
    public ushort FragmentOffset { get; init; }

    /// <summary>The bytes of the plaintext, or of the Noise message of a handshake; the tag is not counted.</summary>
    public ushort PayloadLength { get; init; }

    /// <summary>The number of event frames in the plaintext.</summary>
    public ushort EventCount { get; init; }

    /// <summary>The nonce prefix of a session: both halves of its id, so that no bit is without effect (spec 01 §5.2, T19).</summary>
    public static uint NoncePrefixOf(ulong sessionId) => (uint)sessionId ^ (uint)(sessionId >> 32);

    /// <summary>
    /// Reads the header that a datagram begins with. False, and a default header, for what no node may take in: fewer than
    /// 68 bytes, another magic or version, a payload above 8108 bytes, more than 2027 events. Whether the datagram has as many
    /// bytes as the header says is not looked at.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out PacketHeader header)
    {
        Unsafe.SkipInit(out header);
        if (datagram.Length < WireLimits.HeaderBytes)
            return Refuse(out header);
        ReadOnlySpan<byte> bytes = datagram[..WireLimits.HeaderBytes];
        ushort payloadLength = ReadUInt16LittleEndian(bytes[64..]);
        ushort eventCount = ReadUInt16LittleEndian(bytes[66..]);
        bool isValid = ReadUInt16LittleEndian(bytes) == WireLimits.PacketMagic
            && bytes[2] == WireLimits.PacketVersion
            && payloadLength <= WireLimits.MaxPayloadBytes
            && eventCount <= WireLimits.MaxEventsPerPacket;
        if (!isValid)
            return Refuse(out header);
        header = new()
        {
            Flags = (PacketFlags)bytes[3],
            Priority = bytes[4],
            HopTtl = bytes[5],
            HopCount = bytes[6],
            FragmentFlags = bytes[7],
            SubprotocolId = ReadUInt16LittleEndian(bytes[8..]),
            ChannelHash = ReadUInt16LittleEndian(bytes[10..]),
            NoncePrefix = ReadUInt32LittleEndian(bytes[NonceOffset..]),
            NonceCounter = ReadUInt64LittleEndian(bytes[16..]),
            SessionId = ReadUInt64LittleEndian(bytes[AfterNonce..]),
            StreamId = ReadUInt64LittleEndian(bytes[32..]),
            Sequence = ReadUInt64LittleEndian(bytes[40..]),
            OriginHash = ReadUInt64LittleEndian(bytes[48..]),
            SubnetId = ReadUInt32LittleEndian(bytes[56..]),
            FragmentId = ReadUInt16LittleEndian(bytes[60..]),
            FragmentOffset = ReadUInt16LittleEndian(bytes[62..]),
            PayloadLength = payloadLength,
            EventCount = eventCount,
        };
        return true;
    }

    /// <summary>Writes the 68 bytes, magic and version included.</summary>
    /// <param name="destination">At least 68 bytes.</param>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    /// <exception cref="InvalidOperationException">The payload or the number of events is above what any receiver takes.</exception>
    public void Write(Span<byte> destination)
    {
        if (PayloadLength > WireLimits.MaxPayloadBytes || EventCount > WireLimits.MaxEventsPerPacket)
            throw TooLarge();
        if (destination.Length < WireLimits.HeaderBytes)
            throw TooShort(destination.Length, WireLimits.HeaderBytes, nameof(destination));
        Span<byte> bytes = destination[..WireLimits.HeaderBytes];
        WriteUInt16LittleEndian(bytes, WireLimits.PacketMagic);
        bytes[2] = WireLimits.PacketVersion;
        bytes[3] = (byte)Flags;
        bytes[4] = Priority;
        bytes[5] = HopTtl;
        bytes[6] = HopCount;
        bytes[7] = FragmentFlags;
        WriteUInt16LittleEndian(bytes[8..], SubprotocolId);
        WriteUInt16LittleEndian(bytes[10..], ChannelHash);
        WriteUInt32LittleEndian(bytes[NonceOffset..], NoncePrefix);
        WriteUInt64LittleEndian(bytes[16..], NonceCounter);
        WriteUInt64LittleEndian(bytes[AfterNonce..], SessionId);
        WriteUInt64LittleEndian(bytes[32..], StreamId);
        WriteUInt64LittleEndian(bytes[40..], Sequence);
        WriteUInt64LittleEndian(bytes[48..], OriginHash);
        WriteUInt32LittleEndian(bytes[56..], SubnetId);
        WriteUInt16LittleEndian(bytes[60..], FragmentId);
        WriteUInt16LittleEndian(bytes[62..], FragmentOffset);
        WriteUInt16LittleEndian(bytes[64..], PayloadLength);
        WriteUInt16LittleEndian(bytes[66..], EventCount);
    }

    /// <summary>
    /// Writes the associated data of a packet from its header as it is on the wire: without the nonce, and with the hop count,
    /// which changes on the way, read as 0 (spec 01 §5.1, T18).
    /// </summary>
    /// <param name="headerBytes">The packet from its first byte on, at least 68.</param>
    /// <param name="destination">At least 56 bytes.</param>
    /// <exception cref="ArgumentException">One of the spans is shorter.</exception>
    public static void WriteAad(ReadOnlySpan<byte> headerBytes, Span<byte> destination)
    {
        if (headerBytes.Length < WireLimits.HeaderBytes)
            throw TooShort(headerBytes.Length, WireLimits.HeaderBytes, nameof(headerBytes));
        if (destination.Length < WireLimits.AadBytes)
            throw TooShort(destination.Length, WireLimits.AadBytes, nameof(destination));
        headerBytes[..NonceOffset].CopyTo(destination);
        destination[6] = 0;
        headerBytes[AfterNonce..WireLimits.HeaderBytes].CopyTo(destination[NonceOffset..]);
    }

    private static bool Refuse(out PacketHeader header)
    {
        header = default;
        return false;
    }

    private static ArgumentException TooShort(int length, int required, string parameter) =>
        new($"{required} bytes are needed; {length} were given.", parameter);

    private InvalidOperationException TooLarge() => new(
        $"A packet carries at most {WireLimits.MaxPayloadBytes} bytes in {WireLimits.MaxEventsPerPacket} events; this header says {PayloadLength} bytes in {EventCount} events.");
}
