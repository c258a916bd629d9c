namespace Net.Mesh.Capabilities;

/// <summary>The order of the UTF-8 bytes of two texts, told from their UTF-16 form (spec 04 §3.1 J2).</summary>
internal sealed class Utf8Order : IComparer<string>
{
    /// <summary>The one instance.</summary>
    public static readonly Utf8Order Instance = new();

    /// <inheritdoc/>
    int IComparer<string>.Compare(string? x, string? y) => Compare(x, y);

    /// <summary>Negative when <paramref name="left"/> comes first.</summary>
    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length)
            return left.Length.CompareTo(right.Length);
        return Rank(left[same]).CompareTo(Rank(right[same]));
    }

    // Ordinal order puts surrogates (code points past U+FFFF) before U+E000; UTF-8 puts them last.
    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
