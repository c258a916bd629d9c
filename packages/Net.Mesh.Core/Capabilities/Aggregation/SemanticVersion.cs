using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>
/// A version as semver.org writes it: three numbers without leading zeros, then perhaps <c>-</c> and the identifiers of a
/// pre-release, then perhaps <c>+</c> and a build, which does not count (spec 04 §10.6, T18).
/// </summary>
internal sealed class SemanticVersion : IComparable<SemanticVersion>
{
    private readonly ulong[] _numbers;
    private readonly string[] _preRelease;

    private SemanticVersion(ulong[] numbers, string[] preRelease)
    {
        _numbers = numbers;
        _preRelease = preRelease;
    }

    public static SemanticVersion? Parse(string text)
    {
        int build = text.IndexOf('+', StringComparison.Ordinal);
        if (build >= 0 && !AreIdentifiers(text[(build + 1)..].Split('.')))
            return null;
        string rest = build >= 0 ? text[..build] : text;
        int dash = rest.IndexOf('-', StringComparison.Ordinal);
        string[] preRelease = dash >= 0 ? rest[(dash + 1)..].Split('.') : [];
        string[] core = (dash >= 0 ? rest[..dash] : rest).Split('.');
        if (core.Length != 3 || !AreIdentifiers(preRelease) || preRelease.Any(static part => IsNumeric(part) && part is ['0', _, ..]))
            return null;
        ulong[] numbers = new ulong[3];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (core[i] is ['0', _, ..] || !ulong.TryParse(core[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }
        return new(numbers, preRelease);
    }

    /// <summary>By precedence: a pre-release comes before its release.</summary>
    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
            return 1;
        int order = _numbers.AsSpan().SequenceCompareTo(other._numbers);
        if (order != 0)
            return order;
        if (_preRelease.Length == 0 || other._preRelease.Length == 0)
            return other._preRelease.Length.CompareTo(_preRelease.Length);
        for (int i = 0; order == 0 && i < Math.Min(_preRelease.Length, other._preRelease.Length); i++)
            order = CompareIdentifiers(_preRelease[i], other._preRelease[i]);
        return order == 0 ? _preRelease.Length.CompareTo(other._preRelease.Length) : order;
    }

    // Numbers by value and before words. Without leading zeros the longer number is the larger, however long.
    private static int CompareIdentifiers(string left, string right)
    {
        bool isNumber = IsNumeric(left);
        if (isNumber != IsNumeric(right))
            return isNumber ? -1 : 1;
        return isNumber && left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);
    }

    private static bool AreIdentifiers(string[] parts) =>
        parts.All(static part => part.Length > 0 && part.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static bool IsNumeric(string part) => part.All(char.IsAsciiDigit);
}
