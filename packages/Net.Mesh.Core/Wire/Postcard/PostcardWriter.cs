using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Net.Mesh.Wire;

/// <summary>
/// Writes postcard, the compact form of the reference: integers past one byte as LEB128, signed ones zigzag first, texts and
/// sequences with their length in front, no field names. Call <see cref="Flush"/> at the end.
/// </summary>
public ref struct PostcardWriter
{
    private readonly IBufferWriter<byte> _output;
    private Span<byte> _free;
    private int _used;

    /// <summary>Writes to <paramref name="output"/>.</summary>
    public PostcardWriter(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <summary>One byte as it is: <c>u8</c>.</summary>
    public void WriteByte(byte value)
    {
        Reserve(1);
        _free[_used++] = value;
    }

    /// <summary>0 or 1.</summary>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>An unsigned integer of 16, 32 or 64 bits, a length, an enum's variant, or whether an option has a value (0 or 1).</summary>
    public void WriteVarint(ulong value)
    {
        Reserve(10);
        for (; value >= 0x80; value >>= 7)
            _free[_used++] = (byte)(value | 0x80);
        _free[_used++] = (byte)value;
    }

    /// <summary>A signed integer of 16, 32 or 64 bits.</summary>
    public void WriteZigzag(long value) => WriteVarint((ulong)(value << 1 ^ value >> 63));

    /// <summary>A single: four bytes, little-endian.</summary>
    public void WriteSingle(float value)
    {
        Reserve(4);
        BinaryPrimitives.WriteSingleLittleEndian(_free[_used..], value);
        _used += 4;
    }

    /// <summary>A double: eight bytes, little-endian.</summary>
    public void WriteDouble(double value)
    {
        Reserve(8);
        BinaryPrimitives.WriteDoubleLittleEndian(_free[_used..], value);
        _used += 8;
    }

    /// <summary>A text: its length in bytes, then UTF-8.</summary>
    public void WriteString(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        WriteVarint((ulong)length);
        Reserve(length);
        _used += Encoding.UTF8.GetBytes(text, _free[_used..]);
    }

    /// <summary>Bytes with their length in front.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteVarint((ulong)bytes.Length);
        WriteRaw(bytes);
    }

    /// <summary>Bytes without a length: an array of a fixed size.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_free[_used..]);
        _used += bytes.Length;
    }

    /// <summary>Hands over what has been written.</summary>
    public void Flush()
    {
        _output.Advance(_used);
        _free = default;
        _used = 0;
    }

    private void Reserve(int length)
    {
        if (_free.Length - _used >= length)
            return;
        if (_used > 0)
            Flush();
        _free = _output.GetSpan(Math.Max(length, 128));
    }
}
