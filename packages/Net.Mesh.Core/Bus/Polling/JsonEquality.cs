using System.Globalization;
using System.Text.Json;

namespace Net.Mesh.Bus;

/// <summary>
/// JSON equality of filters: member order does not count, array order does, the last of repeated members counts, and an
/// integer literal never equals a float literal. <see cref="JsonElement.DeepEquals"/> treats 1 and 1.0 as equal.
/// </summary>
internal static class JsonEquality
{
    public static bool DeepEquals(JsonElement left, JsonElement right)
    {
        if (left.ValueKind != right.ValueKind)
            return false;
        return left.ValueKind switch
        {
            JsonValueKind.Object => ObjectsEqual(left, right),
            JsonValueKind.Array => ArraysEqual(left, right),
            JsonValueKind.String => left.ValueEquals(right.GetString()),
            JsonValueKind.Number => NumbersEqual(left, right),
            _ => true,
        };
    }

    private static bool ObjectsEqual(JsonElement left, JsonElement right)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty member in left.EnumerateObject())
            members[member.Name] = member.Value;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty member in right.EnumerateObject())
        {
            if (!seen.Add(member.Name))
                continue;
            // TryGetProperty finds the last of repeated members, on both sides alike.
            if (!members.TryGetValue(member.Name, out JsonElement other)
                || !right.TryGetProperty(member.Name, out JsonElement last)
                || !DeepEquals(other, last))
                return false;
        }
        return seen.Count == members.Count;
    }

    private static bool ArraysEqual(JsonElement left, JsonElement right)
    {
        int length = left.GetArrayLength();
        if (length != right.GetArrayLength())
            return false;
        for (int i = 0; i < length; i++)
        {
            if (!DeepEquals(left[i], right[i]))
                return false;
        }
        return true;
    }

    // Integers are what fits 64 bits and has neither fraction nor exponent; everything else is a float, -0 too.
    private static bool NumbersEqual(JsonElement left, JsonElement right)
    {
        bool leftIsInteger = TryGetInteger(left, out Int128 leftInteger);
        bool rightIsInteger = TryGetInteger(right, out Int128 rightInteger);
        if (leftIsInteger || rightIsInteger)
            return leftIsInteger && rightIsInteger && leftInteger == rightInteger;
        return left.TryGetDouble(out double leftFloat) && right.TryGetDouble(out double rightFloat) && leftFloat.Equals(rightFloat);
    }

    private static bool TryGetInteger(JsonElement number, out Int128 value)
    {
        value = 0;
        string text = number.GetRawText();
        return text != "-0"
            && Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= long.MinValue && value <= ulong.MaxValue;
    }
}
