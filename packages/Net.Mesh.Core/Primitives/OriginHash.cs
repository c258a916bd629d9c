using System.Globalization;

namespace Net.Mesh;

/// <summary>The 64-bit hash of a publisher's entity id that packets of channels carry (spec 02 §1).</summary>
/// <param name="Value">The number.</param>
public readonly record struct OriginHash(ulong Value)
{
    /// <summary><c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x16}");
}
