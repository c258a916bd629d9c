using System.Buffers.Binary;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

/// <summary>
/// One record of a log's index, 20 bytes on disk (spec 06 §1.2): the sequence, where the payload lies or its eight bytes, and a
/// checksum of the payload.
/// </summary>
public readonly record struct RedexEntry
{
    /// <summary>How many bytes it takes on disk.</summary>
    public const int Size = 20;

    /// <summary>The length of a payload that stands in the entry itself: 8.</summary>
    public const int InlineBytes = 8;

    private readonly ulong _body;
    private readonly uint _tail;

    internal RedexEntry(ulong seq, ulong body, uint tail)
    {
        Seq = seq;
        _body = body;
        _tail = tail;
    }

    /// <summary>The sequence: 0 for the first event of a log, and one more for each.</summary>
    public ulong Seq { get; }

    /// <summary>The bits above the checksum.</summary>
    public RedexFlags Flags => (RedexFlags)(_tail & ~PayloadChecksum.Mask);

    /// <summary>The low 28 bits of XXH3-64 of the payload.</summary>
    public uint Checksum => _tail & PayloadChecksum.Mask;

    /// <summary>Whether the payload stands in the entry itself.</summary>
    public bool IsInline => (_tail & (uint)RedexFlags.Inline) != 0;

    /// <summary>Where the payload begins in the segment; 0 for inline entries.</summary>
    public uint PayloadOffset => IsInline ? 0 : (uint)_body;

    /// <summary>How long the payload is.</summary>
    public uint PayloadLength => IsInline ? InlineBytes : (uint)(_body >> 32);

    internal ulong Body => _body;

    internal uint Tail => _tail;

    /// <summary>Where the payload ends in the segment; 0 for inline entries.</summary>
    internal long PayloadEnd => IsInline ? 0 : (long)(uint)_body + (uint)(_body >> 32);

    /// <summary>An entry whose payload lies in the segment.</summary>
    /// <exception cref="ArgumentException">The flags say inline.</exception>
    public static RedexEntry Heap(ulong seq, uint offset, uint length, uint checksum, RedexFlags flags = RedexFlags.None)
    {
        if ((flags & RedexFlags.Inline) != 0)
            throw new ArgumentException($"The flags {flags} say inline; use {nameof(Inline)} for an entry that holds its payload.", nameof(flags));
        return new(seq, offset | (ulong)length << 32, (checksum & PayloadChecksum.Mask) | (uint)flags);
    }

    /// <summary>An entry that holds its payload.</summary>
    /// <exception cref="ArgumentException">The payload is not eight bytes long.</exception>
    public static RedexEntry Inline(ulong seq, ReadOnlySpan<byte> payload)
    {
        if (payload.Length != InlineBytes)
            throw new ArgumentException($"An inline payload has 8 bytes; this one has {payload.Length}. Append it without inlining.", nameof(payload));
        return new(seq, BinaryPrimitives.ReadUInt64LittleEndian(payload), PayloadChecksum.Of(payload) | (uint)RedexFlags.Inline);
    }

    /// <summary>Writes the 20 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Seq);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _body);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], _tail);
    }

    /// <summary>Reads 20 bytes; whether they make sense only the payload tells.</summary>
    /// <returns>False when there are fewer.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RedexEntry entry)
    {
        entry = default;
        if (bytes.Length < Size)
            return false;
        entry = new(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
        return true;
    }
}
