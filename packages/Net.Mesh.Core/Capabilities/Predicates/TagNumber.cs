using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>The numbers that tags and metadata may hold (spec 04 §13.1), which are fewer than the framework's parser takes.</summary>
internal static class TagNumber
{
    public static bool TryParse(ReadOnlySpan<char> text, out double number)
    {
        number = 0;
        ReadOnlySpan<char> unsigned = text is ['+' or '-', ..] ? text[1..] : text;
        if (TryWord(unsigned, out double word))
        {
            number = text[0] == '-' ? -word : word;
            return true;
        }
        return IsDecimal(unsigned) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    // T3: the framework knows "Infinity" and "NaN" only, and not in every case.
    private static bool TryWord(ReadOnlySpan<char> text, out double number)
    {
        number = double.PositiveInfinity;
        if (text.Equals("inf", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase))
            return true;
        number = double.NaN;
        return text.Equals("nan", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsDecimal(ReadOnlySpan<char> text)
    {
        int digits = TakeDigits(ref text);
        if (text is ['.', ..])
        {
            text = text[1..];
            digits += TakeDigits(ref text);
        }
        if (digits == 0)
            return false;
        if (text is ['e' or 'E', ..])
        {
            text = text[1..];
            if (text is ['+' or '-', ..])
                text = text[1..];
            if (TakeDigits(ref text) == 0)
                return false;
        }
        return text.IsEmpty;
    }

    private static int TakeDigits(ref ReadOnlySpan<char> text)
    {
        int length = 0;
        while (length < text.Length && char.IsAsciiDigit(text[length]))
            length++;
        text = text[length..];
        return length;
    }
}
