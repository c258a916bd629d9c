namespace Net.Mesh.Capabilities;

/// <summary>How the values of tags are read back (spec 04 §4.6).</summary>
internal static class TagReading
{
    private static readonly Comparison<Tag> ByShape = CompareByShape;

    /// <summary>An optional plus and decimal digits that fit <paramref name="max"/>; anything else is 0.</summary>
    public static ulong Number(ReadOnlySpan<char> text, ulong max) => TryNumber(text, max, out ulong value) ? value : 0;

    /// <summary>An optional plus and decimal digits that fit <paramref name="max"/>.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, ulong max, out ulong value)
    {
        value = 0;
        if (text.StartsWith('+'))
            text = text[1..];
        if (text.IsEmpty)
            return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            ulong digit = (ulong)(c - '0');
            if (value > (max - digit) / 10)
                return false;
            value = value * 10 + digit;
        }
        return true;
    }

    public static ushort UInt16(in Tag tag) => (ushort)Number(tag.ValueSpan, ushort.MaxValue);

    public static uint UInt32(in Tag tag) => (uint)Number(tag.ValueSpan, uint.MaxValue);

    public static ulong UInt64(in Tag tag) => Number(tag.ValueSpan, ulong.MaxValue);

    public static string Text(in Tag tag) => tag.Value ?? "";

    /// <summary>
    /// The tags whose text starts with <paramref name="prefix"/>, in the order in which a later one of the same key wins:
    /// presence before values, then by key and value. Mostly that is the order of the set already.
    /// </summary>
    public static ReadOnlySpan<Tag> InReadingOrder(CapabilitySet set, string prefix)
    {
        ReadOnlySpan<Tag> range = set.TagsStartingWith(prefix);
        for (int i = 1; i < range.Length; i++)
        {
            if (CompareByShape(range[i - 1], range[i]) <= 0)
                continue;
            Tag[] sorted = range.ToArray();
            Array.Sort(sorted, ByShape);
            return sorted;
        }
        return range;
    }

    /// <summary>Splits <c>7.context_length</c> into the index and the field; false when the index is no 32-bit number.</summary>
    public static bool TryIndexed(ReadOnlySpan<char> key, out uint index, out ReadOnlySpan<char> field)
    {
        index = 0;
        field = default;
        int dot = key.IndexOf('.');
        if (dot < 0 || !TryNumber(key[..dot], uint.MaxValue, out ulong number))
            return false;
        index = (uint)number;
        field = key[(dot + 1)..];
        return true;
    }

    private static int CompareByShape(Tag left, Tag right)
    {
        int order = left.Kind.CompareTo(right.Kind);
        if (order == 0)
            order = Utf8Order.Compare(left.KeySpan, right.KeySpan);
        if (order == 0)
            order = Utf8Order.Compare(left.ValueSpan, right.ValueSpan);
        return order == 0 ? -left.Separator.CompareTo(right.Separator) : order; // = before :
    }
}
