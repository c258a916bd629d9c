using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>The tags that say how often a chain or a blob is read: <c>heat:&lt;hash&gt;=0.85</c> (spec 04 §5, §7).</summary>
public static class HeatTags
{
    /// <summary>How many blobs' heat of one announcement counts (spec 04 §8).</summary>
    public const int MaxBlobHeatTags = 256;

    private const string BlobPrefix = "heat:blob:";

    /// <summary>The heat of a chain, clamped to 0…1 and rounded to hundredths.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is no finite number.</exception>
    public static Tag Heat(string hash, double rate) => Tag.Parse($"{ReservedPrefixes.Heat}{hash}={Hundredths(rate)}");

    /// <summary>The heat of a blob, by its 32-byte hash.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is no finite number.</exception>
    /// <exception cref="ArgumentException">The hash has another length.</exception>
    public static Tag BlobHeat(ReadOnlySpan<byte> hash, double rate) => Tag.Parse($"{BlobPrefix}{HexOfBlob(hash)}={Hundredths(rate)}");

    /// <summary>A copy with the heat of a chain in place of the one before.</summary>
    public static CapabilitySet WithHeat(this CapabilitySet set, OriginHash origin, double rate) =>
        set.WithoutHeat(origin).WithTag(Heat(ChainTags.HashOf(origin), rate));

    /// <summary>A copy that says nothing of a chain's heat.</summary>
    public static CapabilitySet WithoutHeat(this CapabilitySet set, OriginHash origin) => Without(set, $"{ReservedPrefixes.Heat}{ChainTags.HashOf(origin)}=");

    /// <summary>A copy with the heat of a blob in place of the one before.</summary>
    public static CapabilitySet WithBlobHeat(this CapabilitySet set, ReadOnlySpan<byte> hash, double rate) =>
        set.WithoutBlobHeat(hash).WithTag(BlobHeat(hash, rate));

    /// <summary>A copy that says nothing of a blob's heat.</summary>
    public static CapabilitySet WithoutBlobHeat(this CapabilitySet set, ReadOnlySpan<byte> hash) => Without(set, $"{BlobPrefix}{HexOfBlob(hash)}=");

    /// <summary>
    /// A copy with the heat that a receiver believes (spec 04 §8): of chains the set claims to hold, and of at most
    /// <see cref="MaxBlobHeatTags"/> blobs.
    /// </summary>
    public static CapabilitySet WithBelievableHeat(this CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.TagsStartingWith(ReservedPrefixes.Heat).IsEmpty)
            return set;
        var held = new HashSet<string>(StringComparer.Ordinal);
        foreach (ref readonly Tag tag in set.TagsStartingWith(ReservedPrefixes.Causal))
            held.Add(ChainTags.HashIn(tag).ToString());
        int blobs = 0;
        return set.WithoutTags(tag => tag.ReservedPrefix == ReservedPrefixes.Heat && !IsBelievable(tag, held, ref blobs));
    }

    private static bool IsBelievable(in Tag tag, HashSet<string> held, ref int blobs)
    {
        if (tag.Text.StartsWith(BlobPrefix, StringComparison.Ordinal))
            return ++blobs <= MaxBlobHeatTags;
        ReadOnlySpan<char> body = tag.Text.AsSpan(ReservedPrefixes.Heat.Length);
        int end = body.IndexOf('=');
        return end >= 0 && held.GetAlternateLookup<ReadOnlySpan<char>>().Contains(body[..end]);
    }

    private static CapabilitySet Without(CapabilitySet set, string prefix)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.WithoutTags(tag => tag.Text.StartsWith(prefix, StringComparison.Ordinal));
    }

    private static string HexOfBlob(ReadOnlySpan<byte> hash) => hash.Length == 32
        ? Convert.ToHexStringLower(hash)
        : throw new ArgumentException($"The hash of a blob has 32 bytes; {hash.Length} were given.", nameof(hash));

    private static string Hundredths(double rate)
    {
        if (!double.IsFinite(rate))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "Heat is a finite number; it is clamped to 0…1.");
        // The reference rounds a tie to the even digit and .NET away from zero. Of the numbers that end midway between two
        // hundredths, a double holds four exactly, and the two roundings part at these.
        double clamped = Math.Clamp(rate, 0, 1) + 0.0; // never -0
        return clamped switch
        {
            0.125 => "0.12",
            0.625 => "0.62",
            _ => clamped.ToString("F2", CultureInfo.InvariantCulture),
        };
    }
}
