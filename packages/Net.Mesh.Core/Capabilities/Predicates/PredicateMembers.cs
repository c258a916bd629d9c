namespace Net.Mesh.Capabilities;

/// <summary>The words of the wire form: kinds and the members of each (spec 04 §13.1).</summary>
internal static class PredicateMembers
{
    /// <summary>The kind as the wire has it.</summary>
    public static ReadOnlySpan<byte> NameOf(PredicateKind kind) => kind switch
    {
        PredicateKind.Exists => "exists"u8,
        PredicateKind.ValueEquals => "equals"u8,
        PredicateKind.AtLeast => "numeric_at_least"u8,
        PredicateKind.AtMost => "numeric_at_most"u8,
        PredicateKind.InRange => "numeric_in_range"u8,
        PredicateKind.SemverAtLeast => "semver_at_least"u8,
        PredicateKind.SemverAtMost => "semver_at_most"u8,
        PredicateKind.SemverCompatible => "semver_compatible"u8,
        PredicateKind.StartsWith => "string_prefix"u8,
        PredicateKind.Contains => "string_matches"u8,
        PredicateKind.MetadataExists => "metadata_exists"u8,
        PredicateKind.MetadataEquals => "metadata_equals"u8,
        PredicateKind.MetadataContains => "metadata_matches"u8,
        PredicateKind.MetadataAtLeast => "metadata_numeric_at_least"u8,
        PredicateKind.And => "and"u8,
        PredicateKind.Or => "or"u8,
        _ => "not"u8,
    };

    /// <summary>The member that holds the text of a clause; empty for kinds without one.</summary>
    public static ReadOnlySpan<byte> TextMember(PredicateKind kind) => kind switch
    {
        PredicateKind.ValueEquals or PredicateKind.MetadataEquals => "value"u8,
        PredicateKind.SemverAtLeast or PredicateKind.SemverAtMost or PredicateKind.SemverCompatible => "version"u8,
        PredicateKind.StartsWith => "prefix"u8,
        PredicateKind.Contains or PredicateKind.MetadataContains => "pattern"u8,
        _ => default,
    };

    /// <summary>Whether the clause has a <c>threshold</c>.</summary>
    public static bool HasThreshold(PredicateKind kind) =>
        kind is PredicateKind.AtLeast or PredicateKind.AtMost or PredicateKind.MetadataAtLeast;

    /// <summary>Reads a kind.</summary>
    public static bool TryParseKind(ReadOnlySpan<byte> name, out PredicateKind kind)
    {
        for (kind = PredicateKind.Exists; kind <= PredicateKind.Not; kind++)
        {
            if (name.SequenceEqual(NameOf(kind)))
                return true;
        }
        return false;
    }
}
