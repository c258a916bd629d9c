using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Unicode;

namespace Net.Mesh.Cortex;

/// <summary>
/// Which write this was: hand it to a reader who is to wait until the state holds it. As text it is 16 lower-case hexadecimal
/// digits, a colon and the decimal seq: <c>00000000deadbeef:42</c> (spec 06 §7.6). It is not signed; anyone can make one up.
/// </summary>
/// <param name="Origin">Who wrote.</param>
/// <param name="Seq">Where in the log.</param>
public readonly record struct WriteToken(OriginHash Origin, ulong Seq)
    : ISpanFormattable, IUtf8SpanFormattable, ISpanParsable<WriteToken>, IUtf8SpanParsable<WriteToken>
{
    /// <summary>The most characters that the text has.</summary>
    public const int MaxLength = OriginDigits + 1 + 20;

    private const int OriginDigits = 16;

    /// <summary>The seq alone, for where that is all that is needed.</summary>
    public static implicit operator ulong(WriteToken token) => token.Seq;

    /// <summary>The seq alone, for languages without conversions.</summary>
    public ulong ToUInt64() => Seq;

    /// <summary>The text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Origin.Value:x16}:{Seq}");

    /// <summary>The text; format and provider make no difference.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the text; false when it does not fit. Format and provider make no difference.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null) =>
        destination.TryWrite(CultureInfo.InvariantCulture, $"{Origin.Value:x16}:{Seq}", out charsWritten);

    /// <summary>Writes the text as UTF-8; false when it does not fit. Format and provider make no difference.</summary>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format = default, IFormatProvider? provider = null) =>
        Utf8.TryWrite(utf8Destination, CultureInfo.InvariantCulture, $"{Origin.Value:x16}:{Seq}", out bytesWritten);

    /// <summary>Reads the text. Upper-case digits of the origin and zeros before the seq are allowed, signs and spaces are not.</summary>
    /// <exception cref="FormatException">It is no token; the message says why.</exception>
    public static WriteToken Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) => TryParse(s, out WriteToken token, out WriteTokenError error)
        ? token
        : throw Refused(error, s.Length > 64 ? $"{s[..64]}…" : s.ToString());

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static WriteToken Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{char}, IFormatProvider?)"/>
    public static WriteToken Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider = null) => Check(utf8Text, out WriteToken token) is var error and not WriteTokenError.None
        ? throw Refused(error, $"the {utf8Text.Length} bytes")
        : token;

    /// <summary>Reads the text, or says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, out WriteToken result, out WriteTokenError error)
    {
        error = Check(s, out result);
        return error == WriteTokenError.None;
    }

    /// <summary>Reads the text.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out WriteToken result) => TryParse(s, out result, out _);

    /// <summary>Reads the text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out WriteToken result) => TryParse(s, out result, out _);

    /// <summary>Reads the text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out WriteToken result) => TryParse(s, out result, out _);

    /// <summary>Reads the text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out WriteToken result) => Check(utf8Text, out result) == WriteTokenError.None;

    private static WriteTokenError Check<TChar>(ReadOnlySpan<TChar> text, out WriteToken token)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        token = default;
        int colon = text.IndexOf(TChar.CreateTruncating(':'));
        if (colon < 0)
            return WriteTokenError.MissingSeparator;
        if (colon != OriginDigits || !TryReadHex(text[..colon], out ulong origin))
            return WriteTokenError.BadOrigin;
        if (!TryReadDecimal(text[(colon + 1)..], out ulong seq))
            return WriteTokenError.BadSeq;
        token = new WriteToken(new OriginHash(origin), seq);
        return WriteTokenError.None;
    }

    // Written out because the BCL's parsers take signs, and because one piece of code then reads both encodings.
    private static bool TryReadHex<TChar>(ReadOnlySpan<TChar> digits, out ulong value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        value = 0;
        foreach (TChar digit in digits)
        {
            uint c = uint.CreateTruncating(digit);
            if (!char.IsAsciiHexDigit((char)c))
                return false;
            value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return true;
    }

    private static bool TryReadDecimal<TChar>(ReadOnlySpan<TChar> digits, out ulong value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        value = 0;
        foreach (TChar digit in digits)
        {
            uint number = uint.CreateTruncating(digit) - '0';
            if (number > 9 || value > (ulong.MaxValue - number) / 10)
                return false;
            value = (value * 10) + number;
        }
        return !digits.IsEmpty;
    }

    private static FormatException Refused(WriteTokenError error, string text) => new(
        $"'{text}' is no write token ({error}); one is 16 hexadecimal digits, a colon and a decimal number, such as 00000000deadbeef:42.");
}
