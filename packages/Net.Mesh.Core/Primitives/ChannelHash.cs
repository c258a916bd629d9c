using System.Globalization;

namespace Net.Mesh;

/// <summary>The canonical hash of a channel's name: XXH3-64 of its UTF-8 bytes (spec 03 §3.2). Tokens, rosters and storage go by it.</summary>
/// <param name="Value">The number. Zero is a hash like any other.</param>
public readonly record struct ChannelHash(ulong Value)
{
    /// <summary>The low 16 bits, which packet headers carry. Many names share one: decide nothing by it.</summary>
    public ushort WireHash => (ushort)Value;

    /// <summary><c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x16}");
}
