using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Net.Mesh.Rpc.Typed;

/// <summary>
/// Escapes what JSON demands and nothing else, as the reference does (spec 07 §9.1). The relaxed encoder of the framework also escapes
/// what lies beyond the first plane, among it every emoji.
/// </summary>
internal sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    public static readonly PlainJsonEncoder Instance = new();

    private const string Demanded =
        "\"\\\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f";

    private static readonly SearchValues<char> Chars = SearchValues.Create(Demanded);
    private static readonly SearchValues<byte> Bytes = SearchValues.Create(Encoding.ASCII.GetBytes(Demanded));

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\';

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        ThrowIfNoUnicode(span);
        return span.IndexOfAny(Chars);
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) => utf8Text.IndexOfAny(Bytes);

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var destination = new Span<char>(buffer, bufferLength);
        char letter = unicodeScalar switch
        {
            '"' => '"',
            '\\' => '\\',
            '\b' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\f' => 'f',
            '\r' => 'r',
            _ => '\0',
        };
        numberOfCharactersWritten = 0;
        if (letter != '\0')
            return destination.TryWrite(CultureInfo.InvariantCulture, $"\\{letter}", out numberOfCharactersWritten);
        if (WillEncode(unicodeScalar))
            return destination.TryWrite(CultureInfo.InvariantCulture, $"\\u{unicodeScalar:x4}", out numberOfCharactersWritten);
        return new Rune(unicodeScalar).TryEncodeToUtf16(destination, out numberOfCharactersWritten);
    }

    // The writer would put a question mark in its place, and the other side read another text.
    private static void ThrowIfNoUnicode(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyInRange('\ud800', '\udfff');
        while (at >= 0)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int taken) != OperationStatus.Done)
                throw new ArgumentException("The text holds half a surrogate pair, which is no Unicode.", nameof(text));
            text = text[(at + taken)..];
            at = text.IndexOfAnyInRange('\ud800', '\udfff');
        }
    }
}
