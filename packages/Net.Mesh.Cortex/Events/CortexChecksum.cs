using System.IO.Hashing;
using Net.Mesh.Cortex.Hashing;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>
/// The checksum that an event of a model carries (spec 06 §4.1). It finds damage; it is no signature, and anyone can compute it.
/// Nothing here allocates.
/// </summary>
public static class CortexChecksum
{
    /// <summary>The first form, over the tail alone. Readers still accept it; nobody writes it.</summary>
    public static uint Compute(ReadOnlySpan<byte> tail) => (uint)XxHash3.HashToUInt64(tail);

    /// <summary>The form that is written: over the meta, with its checksum and padding zero, and the tail.</summary>
    public static uint ComputeWithMeta(in EventMeta meta, ReadOnlySpan<byte> tail)
    {
        Span<byte> head = stackalloc byte[EventMeta.Size];
        (meta with { Checksum = 0 }).Write(head);
        return (uint)JoinedHash.Of(head, tail);
    }

    /// <summary>Whether the meta's checksum is right in either form.</summary>
    public static bool Verify(in EventMeta meta, ReadOnlySpan<byte> tail) =>
        meta.Checksum == ComputeWithMeta(meta, tail) || meta.Checksum == Compute(tail);
}
