using System.Buffers;
using System.Text;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Logs;

/// <summary>How a text, or a line of the input, becomes the payload of an event.</summary>
/// <param name="IsHex">It is hexadecimal digits, with or without 0x before them.</param>
/// <param name="IsInline">It has to have eight bytes.</param>
internal sealed record PayloadText(bool IsHex, bool IsInline)
{
    private const int InlineBytes = 8;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> text)
    {
        ReadOnlyMemory<byte> payload = IsHex ? Hex(Encoding.UTF8.GetString(text.Span).Trim()) : text;
        return !IsInline || payload.Length == InlineBytes ? payload
            : throw CommandException.Usage($"\"{Shown(text)}\" has {payload.Length} bytes; with --inline an event has 8, no more and no less.");
    }

    private static byte[] Hex(string text)
    {
        ReadOnlySpan<char> digits = text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text;
        return digits.Length % 2 == 0 && !digits.ContainsAnyExcept(HexDigits) ? Convert.FromHexString(digits)
            : throw CommandException.Usage($"\"{Shown(Encoding.UTF8.GetBytes(text))}\" is not in hexadecimal digits, two a byte, which --hex asks for.");
    }

    private static string Shown(ReadOnlyMemory<byte> text)
    {
        string shown = Printable.Text(Encoding.UTF8.GetString(text.Span));
        return shown.Length > 60 ? shown[..57] + "…" : shown;
    }
}
