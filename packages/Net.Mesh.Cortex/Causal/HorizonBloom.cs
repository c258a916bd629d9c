using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;

namespace Net.Mesh.Cortex;

/// <summary>
/// Which origins an event had seen, in 64 bits (spec 06 §9): three bits an origin. It may say yes to one that is not in it, never
/// no to one that is; past 16 origins or so a yes says little.
/// </summary>
/// <param name="Bits">The bits.</param>
public readonly record struct HorizonBloom(ulong Bits)
{
    /// <summary>No origins.</summary>
    public static HorizonBloom Empty => default;

    /// <summary>Those of this one, and another origin.</summary>
    public HorizonBloom With(OriginHash origin) => new(Bits | BitsOf(origin));

    /// <summary>Those of both.</summary>
    public HorizonBloom Union(HorizonBloom other) => new(Bits | other.Bits);

    /// <summary>Whether the origin may be in it; a no is certain.</summary>
    public bool MightContain(OriginHash origin) => (BitsOf(origin) & ~Bits) == 0;

    /// <summary>Whether neither of two events is known to have seen the other's origin.</summary>
    public static bool ArePotentiallyConcurrent(HorizonBloom first, OriginHash firstOrigin, HorizonBloom second, OriginHash secondOrigin) =>
        !first.MightContain(secondOrigin) && !second.MightContain(firstOrigin);

    /// <summary>16 lower-case hexadecimal digits.</summary>
    public override string ToString() => Bits.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong BitsOf(OriginHash origin)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, origin.Value);
        ulong hash = XxHash3.HashToUInt64(bytes);
        uint first = (uint)hash;
        uint step = (uint)(hash >> 32) | 1;
        return Bit(first) | Bit(unchecked(first + step)) | Bit(unchecked(first + (2 * step)));
    }

    private static ulong Bit(uint position) => 1UL << (int)(position % 64);
}
