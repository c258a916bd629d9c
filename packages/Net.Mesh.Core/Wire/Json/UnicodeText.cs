using System.Buffers;
using System.Text;

namespace Net.Mesh.Wire;

/// <summary>A question about UTF-16 text that is to become UTF-8.</summary>
internal static class UnicodeText
{
    /// <summary>Whether every surrogate has its other half: text with a lone one has no UTF-8 form (spec 04 T4).</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\uD800', '\uDFFF') is >= 0 and var at)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int length) != OperationStatus.Done)
                return false;
            text = text[(at + length)..];
        }
        return true;
    }
}
