using System.Globalization;
using System.Text.Json;

namespace Net.Mesh.Bus;

/// <summary>Equality at a path.</summary>
internal sealed class EqualsFilter(string path, JsonElement value) : Filter
{
    private readonly string[] _steps = path.Length == 0 ? [] : path.Split('.');

    public override bool Matches(JsonElement eventJson)
    {
        foreach (string step in _steps)
        {
            if (!TryStep(eventJson, step, out eventJson))
                return false;
        }
        return JsonEquality.DeepEquals(eventJson, value);
    }

    internal override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("path"u8, path);
        writer.WritePropertyName("value"u8);
        value.WriteTo(writer);
        writer.WriteEndObject();
    }

    private static bool TryStep(JsonElement json, string step, out JsonElement next)
    {
        next = default;
        if (json.ValueKind == JsonValueKind.Object)
            return json.TryGetProperty(step, out next);
        // The reference's index also reads a plus sign in front.
        ReadOnlySpan<char> digits = step.StartsWith('+') ? step.AsSpan(1) : step;
        if (json.ValueKind != JsonValueKind.Array
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || index >= json.GetArrayLength())
            return false;
        next = json[index];
        return true;
    }
}

/// <summary>Conjunction; empty is false.</summary>
internal sealed class AllFilter(Filter[] filters) : Filter
{
    public override bool Matches(JsonElement eventJson)
    {
        foreach (Filter filter in filters)
        {
            if (!filter.Matches(eventJson))
                return false;
        }
        return filters.Length > 0;
    }

    internal override void WriteTo(Utf8JsonWriter writer) => FilterJson.WriteList(writer, "$and"u8, filters);
}

/// <summary>Disjunction; empty is false.</summary>
internal sealed class AnyFilter(Filter[] filters) : Filter
{
    public override bool Matches(JsonElement eventJson)
    {
        foreach (Filter filter in filters)
        {
            if (filter.Matches(eventJson))
                return true;
        }
        return false;
    }

    internal override void WriteTo(Utf8JsonWriter writer) => FilterJson.WriteList(writer, "$or"u8, filters);
}

/// <summary>Negation.</summary>
internal sealed class NotFilter(Filter filter) : Filter
{
    public override bool Matches(JsonElement eventJson) => !filter.Matches(eventJson);

    internal override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("$not"u8);
        filter.WriteTo(writer);
        writer.WriteEndObject();
    }
}

internal static class FilterJson
{
    public static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, Filter[] filters)
    {
        writer.WriteStartObject();
        writer.WriteStartArray(name);
        foreach (Filter filter in filters)
            filter.WriteTo(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
