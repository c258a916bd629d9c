namespace Net.Mesh.Capabilities;

/// <summary>Takes the values of chosen metadata out of labels (spec 04 §13.3).</summary>
internal static class LabelRedaction
{
    private const string Redacted = "<redacted>";

    public static HashSet<string> KeySet(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return new(keys, StringComparer.Ordinal);
    }

    public static string Redact(string label, HashSet<string> keys) =>
        TryRedact(label, "MetadataEquals(", "=", "", keys)
        ?? TryRedact(label, "MetadataMatches(", " contains \"", "\"", keys)
        ?? TryRedact(label, "MetadataNumericAtLeast(", " >= ", "", keys)
        ?? label;

    // Keys may hold the separator: the first place counts whose left side is a key that is listed.
    private static string? TryRedact(string label, string start, string separator, string end, HashSet<string> keys)
    {
        end += ")";
        if (keys.Count == 0 || label.Length < start.Length + end.Length
            || !label.StartsWith(start, StringComparison.Ordinal) || !label.EndsWith(end, StringComparison.Ordinal))
            return null;
        string inner = label[start.Length..^end.Length];
        for (int at = inner.IndexOf(separator, StringComparison.Ordinal); at >= 0; at = inner.IndexOf(separator, at + 1, StringComparison.Ordinal))
        {
            if (keys.Contains(inner[..at]))
                return $"{start}{inner[..at]}{separator}{Redacted}{end}";
        }
        return null;
    }
}
