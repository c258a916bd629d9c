using System.Globalization;

namespace Net.Mesh.Wire;

/// <summary>The id that an event has for who polls it: its packet's sequence and its place in the packet (spec 01 §8.3).</summary>
/// <param name="Sequence">The packet's sequence within its stream.</param>
/// <param name="Index">The place, from 0.</param>
public readonly record struct WireEventId(ulong Sequence, int Index) : ISpanFormattable
{
    /// <summary>Both numbers with a colon between, such as <c>42:0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Index}");

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"{Sequence}:{Index}", out charsWritten);
}
