using System.Buffers.Binary;

namespace Net.Mesh.Wire;

/// <summary>
/// The 24 bytes that begin an event of the features that count and sign theirs: what it is, whose it is, and its number or time
/// (spec 06 §2, 07 §2.4).
/// </summary>
/// <param name="Dispatch">What the event is, by the rules of the feature it belongs to.</param>
/// <param name="Origin">The origin hash of whoever wrote it, as it claims.</param>
/// <param name="Number">A sequence, a time, or the id of a call.</param>
/// <param name="Flags">Bits of the feature; 0 for none.</param>
/// <param name="Checksum">Of the bytes behind, for features that have one; 0 otherwise.</param>
public readonly record struct EventMeta(byte Dispatch, OriginHash Origin, ulong Number, byte Flags = 0, uint Checksum = 0)
{
    /// <summary>How many bytes it takes.</summary>
    public const int Size = 24;

    /// <summary>Writes it; the destination has <see cref="Size"/> bytes or more.</summary>
    public void Write(Span<byte> destination)
    {
        destination[0] = Dispatch;
        destination[1] = Flags;
        destination[2] = 0;
        destination[3] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[4..], Origin.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[12..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Checksum);
    }

    /// <summary>Reads it; false when the event is too short to begin with one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EventMeta meta)
    {
        meta = default;
        if (bytes.Length < Size)
            return false;
        meta = new(
            bytes[0],
            new OriginHash(BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..])),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]),
            bytes[1],
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]));
        return true;
    }
}
