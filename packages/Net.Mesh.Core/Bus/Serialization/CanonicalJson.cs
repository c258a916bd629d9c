using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

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
        return double.IsFinite(number) ? FormatFloat(number) : "null";
    }

    private static string FormatFloat(double number)
    {
        if (number == 0)
            return double.IsNegative(number) ? "-0.0" : "0.0";
        // "E16" with trailing zeros trimmed would not be shortest; "R" is, so take digits and exponent apart.
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        (string digits, int exponent, bool isNegative) = TakeApart(shortest);
        string sign = isNegative ? "-" : "";
        if (exponent is < -5 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent).ToString(CultureInfo.InvariantCulture)}";
        }
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{sign}{digits}{new string('0', exponent + 1 - digits.Length)}.0"
            : $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>Digits without leading and trailing zeros, and the power of ten of the first digit.</summary>
    private static (string Digits, int Exponent, bool IsNegative) TakeApart(string number)
    {
        bool isNegative = number[0] == '-';
        string text = isNegative ? number[1..] : number;
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int power = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int exponent = (point < 0 ? mantissa.Length : point) - 1 + power;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.AsSpan().IndexOfAnyExcept('0');
        return (digits[zeros..].TrimEnd('0'), exponent - zeros, isNegative);
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
