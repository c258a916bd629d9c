using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>
/// The 24 bytes that an older swarm made itself known with: a type of the library only, which no mesh node sends or accepts
/// (spec 02 §10.1).
/// </summary>
/// <param name="Origin">The node it is about.</param>
/// <param name="Sequence">The number of this wave of its origin.</param>
/// <param name="Ttl">How many more nodes may pass it on.</param>
/// <param name="HopCount">How many nodes passed it on.</param>
public readonly record struct LegacyPingwave(NodeId Origin, ulong Sequence, byte Ttl, byte HopCount)
{
    /// <summary>The length in bytes: 24, the last six of them 0.</summary>
    public const int Bytes = 24;

    /// <summary>Reads exactly 24 bytes; false for another length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out LegacyPingwave wave)
    {
        bool isWave = message.Length == Bytes;
        wave = isWave
            ? new(new(ReadUInt64LittleEndian(message)), ReadUInt64LittleEndian(message[8..]), message[16], message[17])
            : default;
        return isWave;
    }

    /// <summary>Writes the 24 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        bytes.Clear();
        WriteUInt64LittleEndian(bytes, Origin.Value);
        WriteUInt64LittleEndian(bytes[8..], Sequence);
        bytes[16] = Ttl;
        bytes[17] = HopCount;
    }

    /// <summary>The wave as the next node shall see it; neither number wraps.</summary>
    public LegacyPingwave Forwarded() => this with
    {
        Ttl = (byte)Math.Max(Ttl - 1, 0),
        HopCount = (byte)Math.Min(HopCount + 1, byte.MaxValue),
    };
}
