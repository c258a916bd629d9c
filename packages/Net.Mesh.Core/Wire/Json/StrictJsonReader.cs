using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Net.Mesh.Wire;

/// <summary>
/// Reads JSON that a peer sent, member by member. Every method is false once the text is not what was asked for, and none ever
/// throws, whatever the bytes are; after a false the reader is of no more use. Numbers are unsigned integers in plain decimal.
/// </summary>
internal ref struct StrictJsonReader
{
    // Only unknown members may nest; a document deeper than this is refused.
    private const int MaxDepth = 4096;

    private static readonly SearchValues<byte> EndsPlainText = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static c => (byte)c), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _json;
    private int _at;

    private StrictJsonReader(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>Where the next byte is.</summary>
    public readonly int Position => _at;

    /// <summary>Opens a text; false when it is not UTF-8.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> json, out StrictJsonReader reader)
    {
        reader = new(json);
        return Utf8.IsValid(json);
    }

    /// <summary>White space, then exactly this byte.</summary>
    public bool TryTake(byte expected)
    {
        SkipSpace();
        if (_at >= _json.Length || _json[_at] != expected)
            return false;
        _at++;
        return true;
    }

    /// <summary>
    /// Steps to the next element of an array or object whose opening byte was taken: <paramref name="hasMore"/> tells whether
    /// there is one. <paramref name="count"/> starts at 0 and counts the elements.
    /// </summary>
    public bool TryStep(byte close, ref int count, out bool hasMore)
    {
        hasMore = false;
        SkipSpace();
        if (_at >= _json.Length)
            return false;
        if (_json[_at] == close)
        {
            _at++;
            return true;
        }
        if (count > 0 && !TryTake((byte)','))
            return false;
        count++;
        hasMore = true;
        return true;
    }

    /// <summary>White space, then exactly these bytes, which are a whole value.</summary>
    public bool TryTakeValue(ReadOnlySpan<byte> value)
    {
        SkipSpace();
        if (!_json[_at..].StartsWith(value))
            return false;
        _at += value.Length;
        return true;
    }

    /// <summary>White space up to the end.</summary>
    public bool TryEnd()
    {
        SkipSpace();
        return _at == _json.Length;
    }

    /// <summary>A member's name, as its raw bytes between the quotes, and the colon. An escaped name comes back unescaped.</summary>
    public bool TryName(out ReadOnlySpan<byte> name)
    {
        if (!TryRawString(out name, out bool isEscaped))
            return false;
        if (isEscaped)
        {
            if (!TryUnescape(name, out string? text))
                return false;
            name = Encoding.UTF8.GetBytes(text!);
        }
        return TryTake((byte)':');
    }

    /// <summary>A text.</summary>
    public bool TryString(out string text)
    {
        text = "";
        if (!TryRawString(out ReadOnlySpan<byte> raw, out bool isEscaped))
            return false;
        if (isEscaped)
            return TryUnescape(raw, out text!);
        text = Encoding.UTF8.GetString(raw);
        return true;
    }

    /// <summary>The word <c>null</c>, if it is what comes next.</summary>
    public bool TryNull()
    {
        SkipSpace();
        if (!_json[_at..].StartsWith("null"u8))
            return false;
        _at += 4;
        return true;
    }

    /// <summary>An unsigned integer no larger than <paramref name="max"/>: digits, no sign, fraction, exponent or leading zero.</summary>
    public bool TryNumber(ulong max, out ulong value)
    {
        value = 0;
        SkipSpace();
        int start = _at;
        for (; _at < _json.Length && char.IsAsciiDigit((char)_json[_at]); _at++)
        {
            ulong digit = (ulong)(_json[_at] - '0');
            if (value > (ulong.MaxValue - digit) / 10)
                return false;
            value = value * 10 + digit;
        }
        int digits = _at - start;
        bool isPlain = digits == 1 || (digits > 1 && _json[start] != '0');
        bool goesOn = _at < _json.Length && _json[_at] is (byte)'.' or (byte)'e' or (byte)'E';
        return isPlain && !goesOn && value <= max;
    }

    /// <summary>Exactly as many bytes as the destination takes, as hexadecimal digits of either case.</summary>
    public bool TryHex(scoped Span<byte> destination) =>
        TryRawString(out ReadOnlySpan<byte> raw, out bool isEscaped)
        && !isEscaped
        && raw.Length == 2 * destination.Length
        && Convert.FromHexString(raw, destination, out _, out _) == OperationStatus.Done;

    /// <summary>One value of any kind, which is checked and left out.</summary>
    public bool TrySkip()
    {
        Span<bool> isObject = stackalloc bool[MaxDepth];
        int depth = 0;
        while (true)
        {
            SkipSpace();
            if (_at >= _json.Length)
                return false;
            byte next = _json[_at];
            if (next is (byte)'{' or (byte)'[')
            {
                if (depth == MaxDepth)
                    return false;
                isObject[depth++] = next == (byte)'{';
                _at++;
                SkipSpace();
                if (_at < _json.Length && _json[_at] == Close(isObject[depth - 1]))
                {
                    // an empty one: falls through to what follows a value
                }
                else if (isObject[depth - 1] && !TryName(out _))
                {
                    return false;
                }
                else
                {
                    continue;
                }
            }
            else if (!TrySkipScalar(next))
            {
                return false;
            }

            // After a value: close what ends here, then go on to the next element.
            while (depth > 0 && TryTake(Close(isObject[depth - 1])))
                depth--;
            if (depth == 0)
                return true;
            if (!TryTake((byte)',') || (isObject[depth - 1] && !TryName(out _)))
                return false;
        }
    }

    private static byte Close(bool isObject) => isObject ? (byte)'}' : (byte)']';

    private bool TrySkipScalar(byte next) => next switch
    {
        (byte)'"' => TryRawString(out ReadOnlySpan<byte> raw, out bool isEscaped) && (!isEscaped || TryUnescape(raw, out _)),
        (byte)'t' => TryWord("true"u8),
        (byte)'f' => TryWord("false"u8),
        (byte)'n' => TryWord("null"u8),
        _ => TrySkipNumber(),
    };

    private bool TryWord(ReadOnlySpan<byte> word)
    {
        if (!_json[_at..].StartsWith(word))
            return false;
        _at += word.Length;
        return true;
    }

    private bool TrySkipNumber()
    {
        if (_json[_at] == (byte)'-')
            _at++;
        int start = _at;
        int whole = SkipDigits();
        if (whole == 0 || (whole > 1 && _json[start] == (byte)'0'))
            return false;
        if (_at < _json.Length && _json[_at] == (byte)'.')
        {
            _at++;
            if (SkipDigits() == 0)
                return false;
        }
        if (_at < _json.Length && _json[_at] is (byte)'e' or (byte)'E')
        {
            _at++;
            if (_at < _json.Length && _json[_at] is (byte)'+' or (byte)'-')
                _at++;
            return SkipDigits() > 0;
        }
        return true;
    }

    private int SkipDigits()
    {
        int start = _at;
        while (_at < _json.Length && char.IsAsciiDigit((char)_json[_at]))
            _at++;
        return _at - start;
    }

    private bool TryRawString(out ReadOnlySpan<byte> raw, out bool isEscaped)
    {
        raw = default;
        isEscaped = false;
        if (!TryTake((byte)'"'))
            return false;
        int start = _at;
        while (true)
        {
            int length = _json[_at..].IndexOfAny(EndsPlainText);
            if (length < 0)
                return false;
            _at += length;
            byte end = _json[_at];
            if (end == (byte)'"')
            {
                raw = _json[start.._at];
                _at++;
                return true;
            }
            if (end != (byte)'\\' || _at + 1 >= _json.Length)
                return false;
            isEscaped = true;
            _at += 2; // the escaped byte may be a quote; what it is gets checked when the text is unescaped
        }
    }

    private static bool TryUnescape(ReadOnlySpan<byte> raw, out string? text)
    {
        text = null;
        char[] rented = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            int length = 0;
            while (!raw.IsEmpty)
            {
                int plain = raw.IndexOf((byte)'\\');
                ReadOnlySpan<byte> head = plain < 0 ? raw : raw[..plain];
                length += Encoding.UTF8.GetChars(head, rented.AsSpan(length));
                raw = raw[head.Length..];
                if (raw.IsEmpty)
                    break;
                if (!TryUnescapeOne(ref raw, out char c))
                    return false;
                rented[length++] = c;
            }
            ReadOnlySpan<char> chars = rented.AsSpan(0, length);
            if (!UnicodeText.IsWellFormed(chars)) // escapes can spell half of a surrogate pair
                return false;
            text = chars.ToString();
            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static bool TryUnescapeOne(ref ReadOnlySpan<byte> raw, out char c)
    {
        c = raw[1] switch
        {
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            (byte)'/' => '/',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => '\0',
        };
        if (c != '\0')
        {
            raw = raw[2..];
            return true;
        }
        Span<byte> unit = stackalloc byte[2];
        if (raw[1] != (byte)'u' || raw.Length < 6 || Convert.FromHexString(raw[2..6], unit, out _, out _) != OperationStatus.Done)
            return false;
        c = (char)(unit[0] << 8 | unit[1]);
        raw = raw[6..];
        return true;
    }

    /// <summary>Steps to the next byte that is no white space.</summary>
    public void SkipSpace()
    {
        while (_at < _json.Length && _json[_at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            _at++;
    }
}
