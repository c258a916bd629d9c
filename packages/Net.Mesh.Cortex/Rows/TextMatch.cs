using System.Text;

namespace Net.Mesh.Cortex.Rows;

/// <summary>
/// A text to look for in others, whatever the case (spec 06 §7.1): an ASCII one folds only A–Z; any other compares the full
/// Unicode lower case of both sides. An empty one is in every text.
/// </summary>
internal sealed class TextMatch
{
    private readonly string _needle;
    private readonly bool _isAscii;

    private TextMatch(string needle)
    {
        _isAscii = Ascii.IsValid(needle);
        _needle = _isAscii ? needle : UnicodeLower.Of(needle);
    }

    public static TextMatch? For(string? needle) => string.IsNullOrEmpty(needle) ? null : new TextMatch(needle);

    public bool IsIn(string text) => _isAscii ? ContainsAscii(text) : UnicodeLower.Of(text).Contains(_needle, StringComparison.Ordinal);

    // OrdinalIgnoreCase also folds letters beyond ASCII onto ASCII ones: the Kelvin sign onto k. So what it finds is looked at again.
    private bool ContainsAscii(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOf(_needle, StringComparison.OrdinalIgnoreCase)) >= 0; text = text[(at + 1)..])
        {
            if (Ascii.EqualsIgnoreCase(text.Slice(at, _needle.Length), _needle))
                return true;
        }
        return false;
    }
}
