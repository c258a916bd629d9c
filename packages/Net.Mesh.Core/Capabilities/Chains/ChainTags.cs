using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>The tags that say which chains a node holds: <c>causal:&lt;hash&gt;</c>, with a tip or a range (spec 04 §5, §7).</summary>
public static class ChainTags
{
    /// <summary>The name of a chain in tags: 16 lower-case hexadecimal digits.</summary>
    public static string HashOf(OriginHash origin) => string.Create(CultureInfo.InvariantCulture, $"{origin.Value:x16}");

    /// <summary>The chain up to and with the event at <paramref name="tip"/>.</summary>
    public static Tag Tip(string hash, ulong tip) => Tag.Parse(string.Create(CultureInfo.InvariantCulture, $"causal:{hash}:{tip}"));

    /// <summary>The events from <paramref name="start"/> up to but not <paramref name="end"/>.</summary>
    public static Tag Range(string hash, ulong start, ulong end) =>
        Tag.Parse(string.Create(CultureInfo.InvariantCulture, $"causal:{hash}[{start}..{end}]"));

    /// <summary>The chain a tag claims to hold; empty for tags of another kind.</summary>
    public static ReadOnlySpan<char> HashIn(in Tag tag)
    {
        if (!tag.Text.StartsWith(ReservedPrefixes.Causal, StringComparison.Ordinal))
            return default;
        ReadOnlySpan<char> body = tag.Text.AsSpan(ReservedPrefixes.Causal.Length);
        int end = body.IndexOfAny(':', '[');
        return end < 0 ? body : body[..end];
    }

    /// <summary>A copy that claims to hold the chain up to <paramref name="tip"/>, in place of what it claimed of it before.</summary>
    public static CapabilitySet WithChainTip(this CapabilitySet set, OriginHash origin, ulong tip) =>
        set.WithoutChain(origin).WithTag(Tip(HashOf(origin), tip));

    /// <summary>The same with a range; an empty range changes nothing.</summary>
    public static CapabilitySet WithChainRange(this CapabilitySet set, OriginHash origin, ulong start, ulong end) => start >= end
        ? set
        : set.WithoutChain(origin).WithTag(Range(HashOf(origin), start, end));

    /// <summary>A copy that claims nothing of the chain. A longer hash that starts alike is another chain.</summary>
    public static CapabilitySet WithoutChain(this CapabilitySet set, OriginHash origin)
    {
        ArgumentNullException.ThrowIfNull(set);
        string hash = HashOf(origin);
        return set.WithoutTags(tag => HashIn(tag).SequenceEqual(hash));
    }

    /// <summary>Whether the set claims to hold the chain, in any form.</summary>
    public static bool HoldsChain(this CapabilitySet set, OriginHash origin)
    {
        ArgumentNullException.ThrowIfNull(set);
        Span<char> hash = stackalloc char[16];
        origin.Value.TryFormat(hash, out _, "x16", CultureInfo.InvariantCulture);
        return Holds(set, hash);
    }

    internal static bool Holds(CapabilitySet set, ReadOnlySpan<char> hash)
    {
        foreach (ref readonly Tag tag in set.TagsStartingWith(ReservedPrefixes.Causal))
        {
            if (HashIn(tag).SequenceEqual(hash))
                return true;
        }
        return false;
    }
}
