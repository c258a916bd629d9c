namespace Net.Mesh.Primitives;

/// <summary>Removes credentials from URLs before they reach a log line or an exception message.</summary>
public static class UrlRedaction
{
    private const string Replacement = "[REDACTED]";

    /// <summary>
    /// Replaces everything between <c>://</c> and the <em>last</em> <c>@</c> of the authority with <c>[REDACTED]</c>.
    /// The authority ends at the first <c>/</c>, <c>?</c> or <c>#</c> (spec 05 §9.6; a password may itself hold an <c>@</c>, T34).
    /// </summary>
    /// <param name="url">Any text; without <c>://</c> or without credentials it comes back unchanged.</param>
    public static string Redact(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return url;

        int start = scheme + 3;
        int length = url.AsSpan(start).IndexOfAny('/', '?', '#');
        ReadOnlySpan<char> authority = length < 0 ? url.AsSpan(start) : url.AsSpan(start, length);
        int at = authority.LastIndexOf('@');
        return at < 0 ? url : string.Concat(url.AsSpan(0, start), Replacement, url.AsSpan(start + at));
    }
}
