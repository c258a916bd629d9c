using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.Primitives;

namespace Net.Mesh.Bus;

/// <summary>
/// JSON as the reference stores it (spec 05 §1.3): members sorted by the UTF-8 bytes of their names, integers as they are,
/// floats in shortest digits with <c>.0</c> when integral, exponents from 1e16 up and below 1e-5.
/// </summary>
internal static class CanonicalJson
{
    public static void Write(IBufferWriter<byte> destination, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(destination, value);
                break;
            case JsonValueKind.Array:
                WriteByte(destination, '[');
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    if (index++ > 0)
                        WriteByte(destination, ',');
                    Write(destination, item);
                }
                WriteByte(destination, ']');
                break;
            case JsonValueKind.String:
                WriteString(destination, value.GetString()!);
                break;
            case JsonValueKind.Number:
                WriteText(destination, FormatNumber(value.GetRawText()));
                break;
            default:
                WriteText(destination, value.GetRawText());
                break;
        }
    }

    internal static string FormatNumber(string literal)
    {
        if (literal.AsSpan().IndexOfAny('.', 'e', 'E') < 0
            && (ulong.TryParse(literal, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                || (literal != "-0" && long.TryParse(literal, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))))
            return literal;
        double number = double.Parse(literal, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? FloatText.Json(number) : "null";
    }

    private static void WriteObject(IBufferWriter<byte> destination, JsonElement value)
    {
        var members = new SortedDictionary<string, JsonElement>(Utf8Order.Instance);
        foreach (JsonProperty member in value.EnumerateObject())
            members[member.Name] = member.Value;
        WriteByte(destination, '{');
        int index = 0;
        foreach ((string name, JsonElement member) in members)
        {
            if (index++ > 0)
                WriteByte(destination, ',');
            WriteString(destination, name);
            WriteByte(destination, ':');
            Write(destination, member);
        }
        WriteByte(destination, '}');
    }

    private static void WriteString(IBufferWriter<byte> destination, string text)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\t' => escaped.Append("\\t"),
                '\n' => escaped.Append("\\n"),
                '\f' => escaped.Append("\\f"),
                '\r' => escaped.Append("\\r"),
                < ' ' => escaped.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => escaped.Append(c),
            };
        }
        WriteText(destination, escaped.Append('"').ToString());
    }

    private static void WriteText(IBufferWriter<byte> destination, string text) => Encoding.UTF8.GetBytes(text, destination);

    private static void WriteByte(IBufferWriter<byte> destination, char c)
    {
        destination.GetSpan(1)[0] = (byte)c;
        destination.Advance(1);
    }

    /// <summary>The order of UTF-8 bytes, which differs from UTF-16's beyond the basic plane.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        public static readonly Utf8Order Instance = new();

        public int Compare(string? x, string? y) => Encoding.UTF8.GetBytes(x!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y!));
    }
}
