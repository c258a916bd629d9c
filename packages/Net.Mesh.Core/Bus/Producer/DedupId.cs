using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Net.Mesh.Bus;

/// <summary>
/// The identity of one event of one producer, written as <c>nonce:shard:sequence_start:index</c> with the nonce in lower-case
/// hex without leading zeros and the rest in decimal, for example <c>deadbeefcafef00d:7:1234:0</c> (spec 05 §8.3).
/// </summary>
/// <param name="Nonce">The producer's nonce.</param>
/// <param name="ShardId">The shard of the batch.</param>
/// <param name="SequenceStart">The sequence number of the batch's first event.</param>
/// <param name="Index">The event's index in the batch.</param>
public readonly record struct DedupId(ulong Nonce, ushort ShardId, ulong SequenceStart, int Index)
{
    /// <summary>No dedup id is longer than this, in bytes or characters.</summary>
    public const int MaxLength = 16 + 1 + 5 + 1 + 20 + 1 + 10;

    /// <summary>Writes the id as ASCII.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public int Format(Span<byte> destination)
    {
        Utf8Formatter.TryFormat(Nonce, destination, out int length, new('x'));
        destination[length++] = (byte)':';
        Utf8Formatter.TryFormat(ShardId, destination[length..], out int written);
        length += written;
        destination[length++] = (byte)':';
        Utf8Formatter.TryFormat(SequenceStart, destination[length..], out written);
        length += written;
        destination[length++] = (byte)':';
        Utf8Formatter.TryFormat(Index, destination[length..], out written);
        return length + written;
    }

    /// <summary>Reads an id that <see cref="Format"/> or the reference wrote.</summary>
    /// <param name="text">The id.</param>
    /// <param name="id">The parts, when it is one.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out DedupId id)
    {
        id = default;
        Span<Range> parts = stackalloc Range[5];
        if (text.Split(parts, ':') != 4)
            return false;
        if (!ulong.TryParse(text[parts[0]], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong nonce)
            || !ushort.TryParse(text[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out ushort shard)
            || !ulong.TryParse(text[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out ulong start)
            || !int.TryParse(text[parts[3]], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            return false;
        id = new(nonce, shard, start, index);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return Encoding.ASCII.GetString(text[..Format(text)]);
    }
}
