using System.Collections.Immutable;

namespace Net.Mesh.Capabilities;

/// <summary>The prefixes that user code does not write by hand (spec 04 §2.1).</summary>
public static class ReservedPrefixes
{
    /// <summary>A chain the node holds.</summary>
    public const string Causal = "causal:";

    /// <summary>State of the blob store.</summary>
    public const string Dataforts = "dataforts:";

    /// <summary>The chain a chain was forked from.</summary>
    public const string ForkOf = "fork-of:";

    /// <summary>How often a chain or a blob is read.</summary>
    public const string Heat = "heat:";

    /// <summary>Who is meant to discover the node.</summary>
    public const string Scope = "scope:";

    /// <summary>All five, in their documented order.</summary>
    public static ImmutableArray<string> All { get; } = [Causal, Dataforts, ForkOf, Heat, Scope];

    /// <summary>The prefix that <paramref name="tag"/> starts with, colon included.</summary>
    internal static string? Of(ReadOnlySpan<char> tag)
    {
        // The first letter rules most tags out; the prefixes have four different ones.
        if (tag.IsEmpty || tag[0] is not ('c' or 'd' or 'f' or 'h' or 's'))
            return null;
        foreach (string prefix in All)
        {
            if (tag.StartsWith(prefix, StringComparison.Ordinal))
                return prefix;
        }
        return null;
    }
}
