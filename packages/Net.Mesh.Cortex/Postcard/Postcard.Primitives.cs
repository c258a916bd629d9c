using System.Diagnostics.CodeAnalysis;
using System.Text;
using Net.Mesh.Cortex.Codecs;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

#pragma warning disable CA1720 // A codec has the name of its type.

/// <summary>
/// The codecs of postcard, the compact form of the reference (spec 06 §0): ready ones for the primitives, and methods that put
/// larger ones together. For a type of your own derive from <see cref="PostcardCodec{T}"/>.
/// </summary>
public static partial class Postcard
{
    /// <summary><c>bool</c>.</summary>
    public static PostcardCodec<bool> Boolean { get; } =
        Create((ref PostcardWriter w, bool v) => w.WriteBoolean(v), (ref PostcardReader r, out bool v) => r.TryReadBoolean(out v));

    /// <summary><c>u8</c>.</summary>
    public static PostcardCodec<byte> Byte { get; } =
        Create((ref PostcardWriter w, byte v) => w.WriteByte(v), (ref PostcardReader r, out byte v) => r.TryReadByte(out v));

    /// <summary><c>i8</c>.</summary>
    public static PostcardCodec<sbyte> SByte { get; } = Create(
        (ref PostcardWriter w, sbyte v) => w.WriteByte((byte)v),
        (ref PostcardReader r, out sbyte v) =>
        {
            bool isRead = r.TryReadByte(out byte number);
            v = (sbyte)number;
            return isRead;
        });

    /// <summary><c>u16</c>.</summary>
    public static PostcardCodec<ushort> UInt16 { get; } = Create(
        (ref PostcardWriter w, ushort v) => w.WriteVarint(v),
        (ref PostcardReader r, out ushort v) =>
        {
            bool isRead = r.TryReadVarint(out ulong number, ushort.MaxValue);
            v = (ushort)number;
            return isRead;
        });

    /// <summary><c>u32</c>.</summary>
    public static PostcardCodec<uint> UInt32 { get; } = Create(
        (ref PostcardWriter w, uint v) => w.WriteVarint(v),
        (ref PostcardReader r, out uint v) =>
        {
            bool isRead = r.TryReadVarint(out ulong number, uint.MaxValue);
            v = (uint)number;
            return isRead;
        });

    /// <summary><c>u64</c> and <c>usize</c>.</summary>
    public static PostcardCodec<ulong> UInt64 { get; } =
        Create((ref PostcardWriter w, ulong v) => w.WriteVarint(v), (ref PostcardReader r, out ulong v) => r.TryReadVarint(out v));

    /// <summary><c>u128</c>.</summary>
    public static PostcardCodec<UInt128> UInt128 { get; } =
        Create<UInt128>(PostcardWide.WriteVarint, PostcardWide.TryReadVarint);

    /// <summary><c>i16</c>.</summary>
    public static PostcardCodec<short> Int16 { get; } = Create(
        (ref PostcardWriter w, short v) => w.WriteZigzag(v),
        (ref PostcardReader r, out short v) =>
        {
            bool isRead = PostcardWide.TryReadZigzag(ref r, ushort.MaxValue, out long number);
            v = (short)number;
            return isRead;
        });

    /// <summary><c>i32</c>.</summary>
    public static PostcardCodec<int> Int32 { get; } = Create(
        (ref PostcardWriter w, int v) => w.WriteZigzag(v),
        (ref PostcardReader r, out int v) =>
        {
            bool isRead = PostcardWide.TryReadZigzag(ref r, uint.MaxValue, out long number);
            v = (int)number;
            return isRead;
        });

    /// <summary><c>i64</c> and <c>isize</c>.</summary>
    public static PostcardCodec<long> Int64 { get; } =
        Create((ref PostcardWriter w, long v) => w.WriteZigzag(v), (ref PostcardReader r, out long v) => r.TryReadZigzag(out v));

    /// <summary><c>i128</c>.</summary>
    public static PostcardCodec<Int128> Int128 { get; } =
        Create<Int128>(PostcardWide.WriteZigzag, PostcardWide.TryReadZigzag);

    /// <summary><c>f32</c>.</summary>
    public static PostcardCodec<float> Single { get; } =
        Create((ref PostcardWriter w, float v) => w.WriteSingle(v), (ref PostcardReader r, out float v) => r.TryReadSingle(out v));

    /// <summary><c>f64</c>.</summary>
    public static PostcardCodec<double> Double { get; } =
        Create((ref PostcardWriter w, double v) => w.WriteDouble(v), (ref PostcardReader r, out double v) => r.TryReadDouble(out v));

    /// <summary><c>String</c>. Half a surrogate pair is written as U+FFFD; null is refused.</summary>
    public static PostcardCodec<string> String { get; } =
        Create((ref PostcardWriter w, string v) => w.WriteString(NotNull(v)), (ref PostcardReader r, [MaybeNullWhen(false)] out string v) => r.TryReadString(out v));

    /// <summary><c>char</c>: a Unicode scalar value, written as a text of one.</summary>
    public static PostcardCodec<Rune> Rune { get; } = Create<Rune>(WriteRune, TryReadRune);

    /// <summary>
    /// <c>char</c> where it fits 16 bits: reading a larger one is false, and writing half a surrogate pair throws
    /// <see cref="ArgumentOutOfRangeException"/>.
    /// </summary>
    public static PostcardCodec<char> Char { get; } = Create(
        (ref PostcardWriter w, char v) => WriteRune(ref w, new Rune(v)),
        (ref PostcardReader r, out char v) =>
        {
            bool isRead = TryReadRune(ref r, out Rune rune) && rune.IsBmp;
            v = isRead ? (char)rune.Value : default;
            return isRead;
        });

    /// <summary><c>Vec&lt;u8&gt;</c>: the length, then the bytes.</summary>
    public static PostcardCodec<byte[]> Bytes { get; } = Create(
        (ref PostcardWriter w, byte[] v) => w.WriteBytes(NotNull(v)),
        (ref PostcardReader r, [MaybeNullWhen(false)] out byte[] v) =>
        {
            bool isRead = r.TryReadBytes(out ReadOnlySpan<byte> bytes);
            v = bytes.ToArray();
            return isRead;
        });

    /// <summary>Without this a null would be written as an empty value, and read as one.</summary>
    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }

    private static void WriteRune(ref PostcardWriter writer, Rune value)
    {
        writer.WriteVarint((ulong)value.Utf8SequenceLength);
        Span<byte> bytes = stackalloc byte[4];
        int length = value.EncodeToUtf8(bytes);
        for (int i = 0; i < length; i++)
            writer.WriteByte(bytes[i]);
    }

    private static bool TryReadRune(ref PostcardReader reader, out Rune value)
    {
        value = default;
        return reader.TryReadBytes(out ReadOnlySpan<byte> bytes)
            && System.Text.Rune.DecodeFromUtf8(bytes, out value, out int length) == System.Buffers.OperationStatus.Done
            && length == bytes.Length;
    }
}
