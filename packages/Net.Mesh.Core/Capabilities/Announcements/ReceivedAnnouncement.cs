using System.Globalization;
using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>The bytes an announcement was read from, and where in them the two members stand that are not signed.</summary>
internal sealed class ReceivedAnnouncement
{
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The value of the capabilities.</summary>
    public required Range Capabilities { get; init; }

    /// <summary>The value of the capabilities once more, where the set was known by it already.</summary>
    public byte[]? KnownSet { get; init; }

    /// <summary>From the quote of the name to the end of the value; empty when the member is not there.</summary>
    public Range Signature { get; init; }

    /// <summary>Likewise.</summary>
    public Range HopCount { get; init; }

    /// <summary>Where the hop count goes when there is none: behind the signature, or behind the capabilities.</summary>
    public required int HopCountGoesTo { get; init; }

    /// <summary>Whether there are members of a later version.</summary>
    public bool HasUnknownMembers { get; init; }

    /// <summary>A copy with bytes of its own, for when those that came are used for something else.</summary>
    public ReceivedAnnouncement WithOwnBytes() => new()
    {
        Bytes = Bytes.ToArray(),
        Capabilities = Capabilities,
        Signature = Signature,
        HopCount = HopCount,
        HopCountGoesTo = HopCountGoesTo,
        HasUnknownMembers = HasUnknownMembers,
    };

    /// <summary>The bytes with another hop count.</summary>
    public byte[] WithHopCount(int hops)
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        byte[] member = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\"hop_count\":{hops}"));
        (int start, int length) = HopCount.GetOffsetAndLength(Bytes.Length);
        return length > 0
            ? [.. bytes[..start], .. member, .. bytes[(start + length)..]]
            : [.. bytes[..HopCountGoesTo], (byte)',', .. member, .. bytes[HopCountGoesTo..]];
    }

    /// <summary>The bytes without signature and hop count.</summary>
    public byte[] WithoutUnsigned()
    {
        (Range first, Range second) = Signature.Start.Value < HopCount.Start.Value ? (Signature, HopCount) : (HopCount, Signature);
        return Without(Without(Bytes.ToArray(), second), first);
    }

    // A member goes with the comma before it, or, as the first one, with the comma behind it.
    private static byte[] Without(byte[] bytes, Range member)
    {
        (int start, int length) = member.GetOffsetAndLength(bytes.Length);
        if (length == 0)
            return bytes;
        int end = start + length;
        int comma = start - 1;
        while (comma > 0 && bytes[comma] is not ((byte)',' or (byte)'{'))
            comma--;
        if (bytes[comma] == (byte)',')
            return [.. bytes.AsSpan(0, comma), .. bytes.AsSpan(end)];
        int next = bytes.AsSpan(end).IndexOf((byte)',');
        return next < 0 ? bytes : [.. bytes.AsSpan(0, start), .. bytes.AsSpan(end + next + 1)];
    }
}
