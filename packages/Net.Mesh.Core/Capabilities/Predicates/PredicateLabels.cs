using System.Globalization;
using System.Text;
using Net.Mesh.Primitives;

namespace Net.Mesh.Capabilities;

/// <summary>The names of clauses in traces and reports (spec 04 §13.3). Bindings in other languages write the same.</summary>
internal static class PredicateLabels
{
    public static string Of(Predicate node) => node.Kind switch
    {
        PredicateKind.Exists => $"Exists({node.KeyText})",
        PredicateKind.ValueEquals => $"Equals({node.KeyText}={node.Text})",
        PredicateKind.AtLeast => $"NumericAtLeast({node.KeyText} >= {FloatText.Plain(node.Min)})",
        PredicateKind.AtMost => $"NumericAtMost({node.KeyText} <= {FloatText.Plain(node.Min)})",
        PredicateKind.InRange => $"NumericInRange({node.KeyText} in [{FloatText.Plain(node.Min)}, {FloatText.Plain(node.Max)}])",
        PredicateKind.SemverAtLeast => $"SemverAtLeast({node.KeyText} >= {node.Text})",
        PredicateKind.SemverAtMost => $"SemverAtMost({node.KeyText} <= {node.Text})",
        PredicateKind.SemverCompatible => $"SemverCompatible({node.KeyText} ~= {node.Text})",
        PredicateKind.StartsWith => $"StringPrefix({node.KeyText} starts with {Quoted(node.Text)})",
        PredicateKind.Contains => $"StringMatches({node.KeyText} contains {Quoted(node.Text)})",
        PredicateKind.MetadataExists => $"MetadataExists({node.KeyText})",
        PredicateKind.MetadataEquals => $"MetadataEquals({node.KeyText}={node.Text})",
        PredicateKind.MetadataContains => $"MetadataMatches({node.KeyText} contains {Quoted(node.Text)})",
        PredicateKind.MetadataAtLeast => $"MetadataNumericAtLeast({node.KeyText} >= {FloatText.Plain(node.Min)})",
        PredicateKind.And => string.Create(CultureInfo.InvariantCulture, $"And({node.ClauseSpan.Length} clauses)"),
        PredicateKind.Or => string.Create(CultureInfo.InvariantCulture, $"Or({node.ClauseSpan.Length} clauses)"),
        _ => "Not",
    };

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                0 => quoted.Append("\\0"),
                _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
            };
        }
        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark);
}
