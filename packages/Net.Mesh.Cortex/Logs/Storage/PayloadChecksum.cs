using System.IO.Hashing;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>The low 28 bits of XXH3-64: what an index entry says of its payload.</summary>
internal static class PayloadChecksum
{
    public const uint Mask = 0x0FFF_FFFF;

    public static uint Of(ReadOnlySpan<byte> payload) => (uint)XxHash3.HashToUInt64(payload) & Mask;
}
