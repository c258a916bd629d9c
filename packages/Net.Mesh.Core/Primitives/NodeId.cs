using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Net.Mesh;

/// <summary>The 64-bit id of a node, derived from its entity id (spec 02 §1).</summary>
/// <param name="Value">The number; never meaningful in parts, except <see cref="RoutingId"/>.</param>
public readonly record struct NodeId(ulong Value) : IComparable<NodeId>, ISpanFormattable, IParsable<NodeId>
{
    /// <summary>The low 32 bits, which routing headers and handshake prologues carry.</summary>
    public uint RoutingId => (uint)Value;

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <summary>Whether the left number is smaller.</summary>
    public static bool operator <(NodeId left, NodeId right) => left.Value < right.Value;

    /// <summary>Whether the left number is larger.</summary>
    public static bool operator >(NodeId left, NodeId right) => left.Value > right.Value;

    /// <summary>Whether the left number is not larger.</summary>
    public static bool operator <=(NodeId left, NodeId right) => left.Value <= right.Value;

    /// <summary>Whether the left number is not smaller.</summary>
    public static bool operator >=(NodeId left, NodeId right) => left.Value >= right.Value;

    /// <summary><c>0x</c> and 16 lower-case hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x16}");

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"0x{Value:x16}", out charsWritten);

    /// <summary>Reads <c>0x</c> with hexadecimal digits, or a decimal number.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static NodeId Parse(string s, IFormatProvider? provider = null) => TryParse(s, provider, out NodeId id)
        ? id
        : throw new FormatException($"'{s}' is no node id; write 0x and up to 16 hexadecimal digits, or a decimal number.");

    /// <summary>Reads <c>0x</c> with hexadecimal digits, or a decimal number.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out NodeId result)
    {
        ReadOnlySpan<char> text = s.AsSpan().Trim();
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHex
            ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        result = new(value);
        return isNumber;
    }
}
