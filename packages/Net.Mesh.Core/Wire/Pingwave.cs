using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>How a node says it does.</summary>
public enum NodeHealth : byte
{
    /// <summary>All is well.</summary>
    Healthy,

    /// <summary>It works, with less than usual.</summary>
    Degraded,

    /// <summary>It should not be given work.</summary>
    Unhealthy,

    /// <summary>It does not say.</summary>
    Unknown,
}

/// <summary>
/// The 72 bytes with which a node makes itself known around itself (spec 02 §10.1). They are neither encrypted nor signed:
/// what they say is a hint, and good only from the address of a peer with a session.
/// </summary>
public readonly record struct Pingwave
{
    /// <summary>How far a node lets its own waves travel: they are seen up to four links away.</summary>
    public const byte DefaultTtl = 3;

    /// <summary>The node it is about, all 32 bytes of its name.</summary>
    public GraphId OriginId { get; init; }

    /// <summary>The node it is about.</summary>
    public NodeId Origin => OriginId.Node;

    /// <summary>The number of this wave of its origin.</summary>
    public ulong Sequence { get; init; }

    /// <summary>How many more nodes may pass it on.</summary>
    public byte Ttl { get; init; }

    /// <summary>How many nodes passed it on.</summary>
    public byte HopCount { get; init; }

    /// <summary>When the origin sent it, in microseconds since 1970 by the origin's own clock.</summary>
    public ulong OriginTimestampMicros { get; init; }

    /// <summary>A digest of what the origin offers, see <see cref="PrimaryCapabilities.Hash"/>; 0 from 0.27.2.</summary>
    public ulong CapabilityHash { get; init; }

    /// <summary>The version of what the origin offers; 0 from 0.27.2.</summary>
    public uint CapabilityVersion { get; init; }

    /// <summary>How busy the origin is, from 0 to 255.</summary>
    public byte LoadLevel { get; init; }

    /// <summary>How the origin does.</summary>
    public NodeHealth Health { get; init; }

    /// <summary>What the origin offers, in short.</summary>
    public PrimaryCapabilities Capabilities { get; init; }

    /// <summary>Reads a datagram; false for another length than 72 bytes or a health that is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out Pingwave wave)
    {
        if (datagram.Length != WireLimits.PingwaveBytes || datagram[63] > (byte)NodeHealth.Unknown)
        {
            wave = default;
            return false;
        }
        wave = new()
        {
            OriginId = GraphId.Read(datagram),
            Sequence = ReadUInt64LittleEndian(datagram[32..]),
            Ttl = datagram[40],
            HopCount = datagram[41],
            OriginTimestampMicros = ReadUInt64LittleEndian(datagram[42..]),
            CapabilityHash = ReadUInt64LittleEndian(datagram[50..]),
            CapabilityVersion = ReadUInt32LittleEndian(datagram[58..]),
            LoadLevel = datagram[62],
            Health = (NodeHealth)datagram[63],
            Capabilities = PrimaryCapabilities.Read(datagram[64..]),
        };
        return true;
    }

    /// <summary>Writes the 72 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..WireLimits.PingwaveBytes];
        OriginId.Write(bytes);
        WriteUInt64LittleEndian(bytes[32..], Sequence);
        bytes[40] = Ttl;
        bytes[41] = HopCount;
        WriteUInt64LittleEndian(bytes[42..], OriginTimestampMicros);
        WriteUInt64LittleEndian(bytes[50..], CapabilityHash);
        WriteUInt32LittleEndian(bytes[58..], CapabilityVersion);
        bytes[62] = LoadLevel;
        bytes[63] = (byte)Health;
        Capabilities.Write(bytes[64..]);
    }

    /// <summary>
    /// The wave as the next node shall see it: one less to live and one more hop, neither of which wraps (spec 02 §10.3, T24).
    /// A wave with a <see cref="Ttl"/> of 0 is not passed on.
    /// </summary>
    public Pingwave Forwarded() => this with
    {
        Ttl = (byte)Math.Max(Ttl - 1, 0),
        HopCount = (byte)Math.Min(HopCount + 1, byte.MaxValue),
    };
}
