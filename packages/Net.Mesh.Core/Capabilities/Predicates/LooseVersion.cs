using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>
/// One to three numbers, as versions in tags are compared (spec 04 §13.1): what follows the first <c>-</c> or <c>+</c> is left
/// out, missing numbers are 0, white space around a number does not count.
/// </summary>
internal readonly record struct LooseVersion(ulong Major, ulong Minor, ulong Patch) : IComparable<LooseVersion>
{
    public static bool TryParse(ReadOnlySpan<char> text, out LooseVersion version)
    {
        version = default;
        int cut = text.IndexOfAny('-', '+');
        if (cut >= 0)
            text = text[..cut];
        Span<ulong> numbers = stackalloc ulong[3];
        numbers.Clear();
        int count = 0;
        foreach (Range range in text.Split('.'))
        {
            if (count == numbers.Length || !TryNumber(text[range].Trim(), out numbers[count]))
                return false;
            count++;
        }
        version = new(numbers[0], numbers[1], numbers[2]);
        return true;
    }

    public int CompareTo(LooseVersion other)
    {
        int order = Major.CompareTo(other.Major);
        if (order == 0)
            order = Minor.CompareTo(other.Minor);
        return order == 0 ? Patch.CompareTo(other.Patch) : order;
    }

    /// <summary>The caret rule: at least <paramref name="wanted"/>, and alike in its first number that is not zero.</summary>
    public bool IsCompatibleWith(LooseVersion wanted)
    {
        if (wanted is { Major: 0, Minor: 0 })
            return this == wanted;
        if (CompareTo(wanted) < 0 || Major != wanted.Major)
            return false;
        return wanted.Major != 0 || Minor == wanted.Minor;
    }

    // A u64 as Rust reads it: only ASCII digits, no sign. The framework's styles take other digits neither, but signs and spaces.
    private static bool TryNumber(ReadOnlySpan<char> text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
