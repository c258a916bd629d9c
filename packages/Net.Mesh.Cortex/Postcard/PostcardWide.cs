using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>Integers of 128 bits, and signed ones of a given width.</summary>
internal static class PostcardWide
{
    private const int LongestVarint = 19;

    public static void WriteVarint(ref PostcardWriter writer, UInt128 value)
    {
        for (; value >= 0x80; value >>= 7)
            writer.WriteByte((byte)((byte)value | 0x80));
        writer.WriteByte((byte)value);
    }

    public static bool TryReadVarint(ref PostcardReader reader, out UInt128 value)
    {
        value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            // The 19th byte holds the two bits that are left of the 128.
            if (!reader.TryReadByte(out byte next) || (i == LongestVarint - 1 && next > 3))
                return false;
            value |= (UInt128)(next & 0x7Fu) << (7 * i);
            if (next < 0x80)
                return true;
        }
        return false;
    }

    public static void WriteZigzag(ref PostcardWriter writer, Int128 value) =>
        WriteVarint(ref writer, (UInt128)((value << 1) ^ (value >> 127)));

    public static bool TryReadZigzag(ref PostcardReader reader, out Int128 value)
    {
        bool isRead = TryReadVarint(ref reader, out UInt128 number);
        value = (Int128)(number >> 1) ^ -(Int128)(number & 1);
        return isRead;
    }

    /// <summary>A signed integer whose unsigned form is at most <paramref name="max"/>.</summary>
    public static bool TryReadZigzag(ref PostcardReader reader, ulong max, out long value)
    {
        bool isRead = reader.TryReadVarint(out ulong number, max);
        value = (long)(number >> 1) ^ -(long)(number & 1);
        return isRead;
    }
}
