using System.Buffers;
using System.Globalization;
using System.Text;

namespace Net.Mesh.Cortex.Rows;

/// <summary>
/// Lower case by the full rules of Unicode, as the reference compares: the simple mapping of .NET, and the two places where the
/// full one differs without regard to language: İ becomes two characters, and Σ at the end of a word becomes ς.
/// </summary>
internal static class UnicodeLower
{
    private const char CapitalSigma = 'Σ';
    private const char DottedCapitalI = 'İ';

    // The marks that Unicode lets stand within a word: apostrophes, full stops, colons and middle dots of several scripts.
    private static readonly SearchValues<char> MidWord =
        SearchValues.Create("'.:\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A");

    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAny(CapitalSigma, DottedCapitalI) < 0)
            return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length + 4);
        int at = 0;
        for (int special; (special = text.AsSpan(at).IndexOfAny(CapitalSigma, DottedCapitalI)) >= 0; at += special + 1)
        {
            lower.Append(text.AsSpan(at, special).ToString().ToLowerInvariant());
            lower.Append(text[at + special] == DottedCapitalI ? "i\u0307" : IsFinal(text, at + special) ? "ς" : "σ");
        }
        return lower.Append(text[at..].ToLowerInvariant()).ToString();
    }

    /// <summary>A cased letter stands before it and none behind, with what is case-ignorable passed over.</summary>
    private static bool IsFinal(string text, int sigma) => EndsCased(text.AsSpan(0, sigma)) && !BeginsCased(text.AsSpan(sigma + 1));

    private static bool EndsCased(ReadOnlySpan<char> text)
    {
        while (Rune.DecodeLastFromUtf16(text, out Rune rune, out int length) == OperationStatus.Done)
        {
            if (!IsIgnorable(rune))
                return IsCased(rune);
            text = text[..^length];
        }
        return false;
    }

    private static bool BeginsCased(ReadOnlySpan<char> text)
    {
        while (Rune.DecodeFromUtf16(text, out Rune rune, out int length) == OperationStatus.Done)
        {
            if (!IsIgnorable(rune))
                return IsCased(rune);
            text = text[length..];
        }
        return false;
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.LowercaseLetter or UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsIgnorable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
        or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || (rune.IsBmp && MidWord.Contains((char)rune.Value));
}
