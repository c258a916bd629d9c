using System.Text.RegularExpressions;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Picks the nodes that an aggregate is over: those that have a tag which matches (spec 04 §10.6). Immutable; any number of threads
/// may use one.
/// </summary>
public sealed class TagMatcher
{
    /// <summary>How long a pattern may be; a longer one matches nothing.</summary>
    public const int MaxPatternLength = 4096;

    private readonly Func<Tag, bool> _matches;

    private TagMatcher(Func<Tag, bool> matches) => _matches = matches;

    /// <summary>Exactly this text.</summary>
    public static TagMatcher Exact(string tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new(candidate => candidate.Text == tag);
    }

    /// <summary>Every text that starts so.</summary>
    public static TagMatcher Prefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new(candidate => candidate.Text.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>Every tag of an axis.</summary>
    public static TagMatcher Axis(TaxonomyAxis axis) => new(candidate => candidate.Axis == axis);

    /// <summary>Every tag of a key, with whatever value or none.</summary>
    public static TagMatcher AxisKey(TagKey key) => new(candidate => candidate.Is(key));

    /// <summary>
    /// Every text in which the pattern is found. It is matched in time that grows with the text alone, so look-around and
    /// back-references are not known; a pattern that is not valid matches nothing.
    /// </summary>
    public static TagMatcher Regex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Regex? regex = Compile(pattern);
        return new(candidate => regex?.IsMatch(candidate.Text) == true);
    }

    /// <summary>Every value tag of a key whose value is a semantic version in the range, the ends included; a bound that is no version matches nothing.</summary>
    /// <param name="key">The key.</param>
    /// <param name="min">The lowest version; null for none.</param>
    /// <param name="max">The highest version; null for none.</param>
    public static TagMatcher VersionRange(TagKey key, string? min = null, string? max = null)
    {
        SemanticVersion? lowest = min is null ? null : SemanticVersion.Parse(min);
        SemanticVersion? highest = max is null ? null : SemanticVersion.Parse(max);
        bool isRange = (min is null || lowest is not null) && (max is null || highest is not null);
        return new(candidate => isRange && candidate.Is(key) && candidate.Value is { } value && SemanticVersion.Parse(value) is { } version
            && version.CompareTo(lowest) >= 0 && (highest is null || version.CompareTo(highest) <= 0));
    }

    /// <summary>Whether a tag matches.</summary>
    public bool Matches(Tag tag) => _matches(tag);

    /// <summary>Whether any tag of a set matches.</summary>
    public bool Matches(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        foreach (ref readonly Tag tag in capabilities.TagSpan)
        {
            if (_matches(tag))
                return true;
        }
        return false;
    }

    private static Regex? Compile(string pattern)
    {
        if (pattern.Length > MaxPatternLength)
            return null;
        try
        {
            return new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
