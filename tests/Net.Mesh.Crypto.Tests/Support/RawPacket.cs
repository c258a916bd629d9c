using System.Buffers.Binary;

namespace Net.Mesh.Crypto.Tests;

/// <summary>A datagram taken apart by offsets alone (spec 01 §3), so that these tests stand on nothing above the floor they test.</summary>
internal readonly struct RawPacket(byte[] datagram)
{
    public const int HeaderBytes = 68;
    private const int RoutingBytes = 18;

    private readonly byte[] _packet = datagram is [0x52, 0x54, ..] ? datagram[RoutingBytes..] : datagram;

    public ulong Counter => BinaryPrimitives.ReadUInt64LittleEndian(_packet.AsSpan(16));

    public uint WirePrefix => BinaryPrimitives.ReadUInt32LittleEndian(_packet.AsSpan(12));

    public ulong SessionId => BinaryPrimitives.ReadUInt64LittleEndian(_packet.AsSpan(24));

    public byte[] Body => _packet[HeaderBytes..];

    public byte[] Aad
    {
        get
        {
            byte[] aad = [.. _packet[..12], .. _packet[24..HeaderBytes]];
            aad[6] = 0;
            return aad;
        }
    }

    /// <summary>The plaintext, or null when the tag is wrong.</summary>
    public byte[]? Open(PacketCipher cipher)
    {
        byte[] plaintext = new byte[Math.Max(0, Body.Length - PacketCipher.TagBytes)];
        return cipher.TryOpen(Counter, Aad, Body, plaintext) ? plaintext : null;
    }
}
