using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Net.Mesh.Wire;

/// <summary>
/// Reads postcard (see <see cref="PostcardWriter"/>). Every method is false when the bytes are not what was asked for, and none
/// ever throws or allocates more than the bytes at hand can fill; after a false the reader is of no more use.
/// </summary>
public ref struct PostcardReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads from the first of these bytes on.</summary>
    public PostcardReader(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Whether everything has been read.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>One byte: <c>u8</c>.</summary>
    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (_rest.IsEmpty)
            return false;
        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    /// <summary>0 or 1, and nothing else.</summary>
    public bool TryReadBoolean(out bool value)
    {
        bool isRead = TryReadByte(out byte number);
        value = number == 1;
        return isRead && number <= 1;
    }

    /// <summary>An unsigned integer no larger than <paramref name="max"/>; more bytes than that type takes are refused.</summary>
    /// <param name="value">The number.</param>
    /// <param name="max">The largest of the type that was written: <see cref="ushort.MaxValue"/>, <see cref="uint.MaxValue"/> or <see cref="ulong.MaxValue"/>.</param>
    public bool TryReadVarint(out ulong value, ulong max = ulong.MaxValue)
    {
        value = 0;
        int longest = max <= ushort.MaxValue ? 3 : max <= uint.MaxValue ? 5 : 10;
        for (int i = 0; i < longest && i < _rest.Length; i++)
        {
            byte next = _rest[i];
            if (i == 9 && next > 1)
                return false;
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return value <= max;
        }
        return false;
    }

    /// <summary>A signed integer.</summary>
    public bool TryReadZigzag(out long value)
    {
        bool isRead = TryReadVarint(out ulong number);
        value = (long)(number >> 1) ^ -(long)(number & 1);
        return isRead;
    }

    /// <summary>
    /// How many elements follow. False when they cannot all be there: each takes at least <paramref name="smallestElement"/>
    /// bytes. So a list may be made for the count.
    /// </summary>
    public bool TryReadCount(out int count, int smallestElement = 1)
    {
        bool isRead = TryReadVarint(out ulong number) && number <= (ulong)(_rest.Length / Math.Max(1, smallestElement));
        count = isRead ? (int)number : 0;
        return isRead;
    }

    /// <summary>A single.</summary>
    public bool TryReadSingle(out float value)
    {
        bool isRead = TryReadRaw(4, out ReadOnlySpan<byte> bytes);
        value = isRead ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : 0;
        return isRead;
    }

    /// <summary>A double.</summary>
    public bool TryReadDouble(out double value)
    {
        bool isRead = TryReadRaw(8, out ReadOnlySpan<byte> bytes);
        value = isRead ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : 0;
        return isRead;
    }

    /// <summary>A text; bytes that are no UTF-8 are refused.</summary>
    public bool TryReadString([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryReadBytes(out ReadOnlySpan<byte> bytes) || !Utf8.IsValid(bytes))
            return false;
        text = Encoding.UTF8.GetString(bytes);
        return true;
    }

    /// <summary>Bytes with their length in front; they are not copied.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadCount(out int length) && TryReadRaw(length, out bytes);
    }

    /// <summary>So many bytes; they are not copied.</summary>
    public bool TryReadRaw(int length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if ((uint)length > (uint)_rest.Length)
            return false;
        bytes = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
