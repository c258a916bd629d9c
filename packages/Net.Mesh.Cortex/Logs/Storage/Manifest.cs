using System.Buffers.Binary;
using System.IO.Hashing;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>The 16 bytes that point at the live generation of a channel (spec 06 §3.2).</summary>
internal static class Manifest
{
    public const int Size = 16;

    private const byte Version = 1;

    private static ReadOnlySpan<byte> Magic => "REDM"u8;

    public static byte[] Encode(uint generation)
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        bytes[4] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(5), generation);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)XxHash3.HashToUInt64(bytes.AsSpan(0, 12)));
        return bytes;
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out uint generation)
    {
        generation = 0;
        if (bytes.Length < Size || !bytes.StartsWith(Magic) || bytes[4] != Version || bytes[9..12].ContainsAnyExcept((byte)0))
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != (uint)XxHash3.HashToUInt64(bytes[..12]))
            return false;
        generation = BinaryPrimitives.ReadUInt32LittleEndian(bytes[5..]);
        return generation != 0;
    }
}
