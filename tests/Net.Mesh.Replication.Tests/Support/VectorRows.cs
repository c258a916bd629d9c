using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Replication.Tests;

/// <summary>Reads the vectors of chapter 06 where they lie. Numbers are decimal as numbers and hexadecimal as texts.</summary>
internal static class VectorRows
{
    public static IReadOnlyList<JsonElement> Of(string section)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Requires.Vectors(), "redex-cortex.json"));
        using var document = JsonDocument.Parse(stream);
        JsonElement[] rows = [.. document.RootElement.GetProperty(section).Clone().EnumerateArray()];
        Assert.NotEmpty(rows);
        return rows;
    }

    public static ulong Number(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetUInt64()
        : ulong.Parse(value.GetString()!, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    public static byte[] Hex(JsonElement value) => Convert.FromHexString(value.GetString()!);
}
