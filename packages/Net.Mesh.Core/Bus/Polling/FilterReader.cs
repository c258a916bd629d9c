using System.Text.Json;

namespace Net.Mesh.Bus;

/// <summary>Reads the JSON form of a filter: the first form that fits wins, in the order below; extra members are ignored (spec 05 §15).</summary>
internal static class FilterReader
{
    public static Filter? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        if (json.TryGetProperty("$and"u8, out JsonElement all) && ReadList(all) is { } allOf)
            return new AllFilter(allOf);
        if (json.TryGetProperty("$or"u8, out JsonElement any) && ReadList(any) is { } anyOf)
            return new AnyFilter(anyOf);
        if (json.TryGetProperty("$not"u8, out JsonElement not) && Read(not) is { } negated)
            return new NotFilter(negated);
        if (json.TryGetProperty("$eq"u8, out JsonElement equality) && ReadEquality(equality) is { } nested)
            return nested;
        return ReadEquality(json);
    }

    private static Filter[]? ReadList(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array)
            return null;
        var filters = new Filter[json.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in json.EnumerateArray())
        {
            if (Read(item) is not { } filter)
                return null;
            filters[count++] = filter;
        }
        return filters;
    }

    private static EqualsFilter? ReadEquality(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("path"u8, out JsonElement path) && path.ValueKind == JsonValueKind.String
        && json.TryGetProperty("value"u8, out JsonElement value)
            ? new EqualsFilter(path.GetString()!, value.Clone())
            : null;
}
