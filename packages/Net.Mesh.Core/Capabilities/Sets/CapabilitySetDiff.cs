namespace Net.Mesh.Capabilities;

/// <summary>What distinguishes a set from an earlier one (spec 04 §12.1). Another separator in a value tag is no difference.</summary>
/// <param name="AddedTags">In the set and not in the earlier one, in the set's order.</param>
/// <param name="RemovedTags">In the earlier set and not in this one, in that set's order.</param>
/// <param name="ChangedMetadata">By the UTF-8 bytes of the key; a renamed entry is a removal and an addition.</param>
public sealed record CapabilitySetDiff(IReadOnlyList<Tag> AddedTags, IReadOnlyList<Tag> RemovedTags, IReadOnlyList<MetadataChange> ChangedMetadata)
{
    /// <summary>Whether both sets say the same.</summary>
    public bool IsEmpty => AddedTags.Count == 0 && RemovedTags.Count == 0 && ChangedMetadata.Count == 0;

    internal static CapabilitySetDiff Between(CapabilitySet current, CapabilitySet previous) =>
        new(Missing(current, previous), Missing(previous, current), Changes(current.Metadata.Entries, previous.Metadata.Entries));

    private static List<Tag> Missing(CapabilitySet from, CapabilitySet other)
    {
        var missing = new List<Tag>();
        foreach (ref readonly Tag tag in from.TagSpan)
        {
            if (!other.HasTag(tag))
                missing.Add(tag);
        }
        return missing;
    }

    // Both are in order: one walk over the two.
    private static List<MetadataChange> Changes(
        ReadOnlySpan<KeyValuePair<string, string>> current, ReadOnlySpan<KeyValuePair<string, string>> previous)
    {
        var changes = new List<MetadataChange>();
        int now = 0;
        int before = 0;
        while (now < current.Length || before < previous.Length)
        {
            int order = now == current.Length ? 1
                : before == previous.Length ? -1
                : Utf8Order.Compare(current[now].Key, previous[before].Key);
            if (order < 0)
            {
                changes.Add(MetadataChange.Added(current[now].Key, current[now].Value));
            }
            else if (order > 0)
            {
                changes.Add(MetadataChange.Removed(previous[before].Key, previous[before].Value));
            }
            else if (current[now].Value != previous[before].Value)
            {
                changes.Add(MetadataChange.Updated(current[now].Key, previous[before].Value, current[now].Value));
            }
            now += order <= 0 ? 1 : 0;
            before += order >= 0 ? 1 : 0;
        }
        return changes;
    }
}

/// <summary>One metadata entry that came, went or has another text.</summary>
/// <param name="Key">Its name.</param>
/// <param name="PreviousValue">The text it had; null when it came.</param>
/// <param name="Value">The text it has; null when it went.</param>
public readonly record struct MetadataChange(string Key, string? PreviousValue, string? Value)
{
    /// <summary>An entry that came.</summary>
    public static MetadataChange Added(string key, string value) => new(key, null, value);

    /// <summary>An entry that went.</summary>
    public static MetadataChange Removed(string key, string previousValue) => new(key, previousValue, null);

    /// <summary>An entry whose text is another one.</summary>
    public static MetadataChange Updated(string key, string previousValue, string value) => new(key, previousValue, value);
}
