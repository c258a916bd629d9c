using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Net.Mesh.Wire;

/// <summary>
/// Writes the one JSON form that signatures cover (spec 04 §3.1): UTF-8 without white space, and only the escapes that JSON
/// demands. The framework's writers escape more, whichever encoder they get (T1). Call <see cref="Flush"/> at the end.
/// </summary>
internal ref struct CanonicalJsonWriter(IBufferWriter<byte> output)
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static c => (char)c), '"', '\\']);

    private Span<byte> _free;
    private int _used;

    /// <summary>Bytes that are JSON as they stand: braces, commas, a member's name with its quotes and colon.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        Reserve(json.Length);
        json.CopyTo(_free[_used..]);
        _used += json.Length;
    }

    /// <summary>One such byte.</summary>
    public void Raw(byte json)
    {
        Reserve(1);
        _free[_used++] = json;
    }

    /// <summary>A text with its quotes.</summary>
    public void String(ReadOnlySpan<char> text)
    {
        Raw((byte)'"');
        while (text.IndexOfAny(Escaped) is >= 0 and var at)
        {
            Utf8(text[..at]);
            Escape(text[at]);
            text = text[(at + 1)..];
        }
        Utf8(text);
        Raw((byte)'"');
    }

    /// <summary>Bytes as lower-case hexadecimal digits in quotes.</summary>
    public void Hex(ReadOnlySpan<byte> bytes)
    {
        Reserve(2 * bytes.Length + 2);
        _free[_used++] = (byte)'"';
        Convert.TryToHexStringLower(bytes, _free[_used..], out int written);
        _used += written;
        _free[_used++] = (byte)'"';
    }

    /// <summary>An integer.</summary>
    public void Number(ulong value)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(value, _free[_used..], out int written);
        _used += written;
    }

    /// <summary>Hands over what has been written.</summary>
    public void Flush()
    {
        output.Advance(_used);
        _free = default;
        _used = 0;
    }

    private void Utf8(ReadOnlySpan<char> text)
    {
        Reserve(text.Length * 3);
        _used += Encoding.UTF8.GetBytes(text, _free[_used..]);
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"':
                Raw("\\\""u8);
                break;
            case '\\':
                Raw("\\\\"u8);
                break;
            case '\b':
                Raw("\\b"u8);
                break;
            case '\t':
                Raw("\\t"u8);
                break;
            case '\n':
                Raw("\\n"u8);
                break;
            case '\f':
                Raw("\\f"u8);
                break;
            case '\r':
                Raw("\\r"u8);
                break;
            default:
                Raw("\\u00"u8);
                Raw("0123456789abcdef"u8[c >> 4]);
                Raw("0123456789abcdef"u8[c & 15]);
                break;
        }
    }

    private void Reserve(int length)
    {
        if (_free.Length - _used >= length)
            return;
        if (_used > 0)
            Flush();
        _free = output.GetSpan(Math.Max(length, 256));
    }
}
