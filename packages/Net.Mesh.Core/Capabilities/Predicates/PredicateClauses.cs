namespace Net.Mesh.Capabilities;

/// <summary>What single clauses answer (spec 04 §13.1).</summary>
internal static class PredicateClauses
{
    public static bool IsTrue(Predicate clause, CapabilitySet capabilities) => clause.IsMetadata
        ? capabilities.Metadata.TryGetValue(clause.KeyText, out string? value) && IsTrueOfMetadata(clause, value)
        : IsTrueOfTags(clause, capabilities);

    private static bool IsTrueOfTags(Predicate clause, CapabilitySet capabilities)
    {
        foreach (ref readonly Tag tag in capabilities.TagsStartingWith(clause.KeyText))
        {
            if (tag.Is(clause.Key) && IsTrueOfTag(clause, tag))
                return true;
        }
        return false;
    }

    // T17: any tag of the key exists; only one with a value has a value, were it empty.
    private static bool IsTrueOfTag(Predicate clause, in Tag tag) => clause.Kind == PredicateKind.Exists
        || (tag.Kind == TagKind.Value && IsTrueOfValue(clause, tag.ValueSpan));

    private static bool IsTrueOfValue(Predicate clause, ReadOnlySpan<char> value) => clause.Kind switch
    {
        PredicateKind.ValueEquals => value.SequenceEqual(clause.Text),
        PredicateKind.AtLeast => TagNumber.TryParse(value, out double number) && number >= clause.Min,
        PredicateKind.AtMost => TagNumber.TryParse(value, out double number) && number <= clause.Min,
        PredicateKind.InRange => TagNumber.TryParse(value, out double number) && number >= clause.Min && number <= clause.Max,
        PredicateKind.SemverAtLeast => Compare(clause, value) >= 0,
        PredicateKind.SemverAtMost => Compare(clause, value) <= 0,
        PredicateKind.SemverCompatible => clause.Version is { } wanted && LooseVersion.TryParse(value, out LooseVersion version) && version.IsCompatibleWith(wanted),
        PredicateKind.StartsWith => value.StartsWith(clause.Text, StringComparison.Ordinal),
        PredicateKind.Contains => value.Contains(clause.Text, StringComparison.Ordinal),
        _ => false,
    };

    private static bool IsTrueOfMetadata(Predicate clause, string value) => clause.Kind switch
    {
        PredicateKind.MetadataExists => true,
        PredicateKind.MetadataEquals => value == clause.Text,
        PredicateKind.MetadataContains => value.Contains(clause.Text, StringComparison.Ordinal),
        PredicateKind.MetadataAtLeast => TagNumber.TryParse(value, out double number) && number >= clause.Min,
        _ => false,
    };

    // None when either is no version: no comparison with none is true.
    private static int? Compare(Predicate clause, ReadOnlySpan<char> value) =>
        clause.Version is { } wanted && LooseVersion.TryParse(value, out LooseVersion version) ? version.CompareTo(wanted) : null;
}
