using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Cortex.Tests;

/// <summary>Reads the vectors of the logs where they lie.</summary>
internal static class RedexVectors
{
    public static JsonElement Load(params ReadOnlySpan<string> path) => Load("redex-cortex.json", path);

    /// <summary>What the reference's own files hold.</summary>
    public static JsonElement Live(params ReadOnlySpan<string> path) => Load("live/redex/expected.json", path);

    public static byte[] LiveFile(string name) => File.ReadAllBytes(Path.Combine(Requires.Vectors(), "live", "redex", name));

    public static string Text(this JsonElement row, string name) => row.GetProperty(name).GetString()!;

    public static byte[] Bytes(this JsonElement row, string name) => Convert.FromHexString(row.Text(name));

    public static ulong Hex(this JsonElement row, string name) => ulong.Parse(row.Text(name), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>A number, or its decimal text.</summary>
    public static ulong UInt64(this JsonElement row, string name) => row.GetProperty(name).UInt64();

    public static ulong UInt64(this JsonElement number) => number.ValueKind == JsonValueKind.String
        ? ulong.Parse(number.GetString()!, CultureInfo.InvariantCulture)
        : number.GetUInt64();

    public static TaskItem Task(this JsonElement row) => new(
        row.UInt64("id"), row.Text("title"), (TaskItemStatus)row.UInt64("status"), row.UInt64("created_ns"), row.UInt64("updated_ns"));

    public static MemoryItem Memory(this JsonElement row) => new(
        row.UInt64("id"), row.Text("content"), [.. row.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)], row.Text("source"),
        row.UInt64("created_ns"), row.UInt64("updated_ns"), row.GetProperty("pinned").GetBoolean());

    public static OriginHash Origin(this JsonElement row, string name = "origin_hash") => new(row.Hex(name));

    private static JsonElement Load(string file, ReadOnlySpan<string> path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Requires.Vectors(), file)));
        JsonElement element = document.RootElement.Clone();
        foreach (string name in path)
            element = element.GetProperty(name);
        Assert.True(element.ValueKind != JsonValueKind.Array || element.GetArrayLength() > 0, $"{file} holds no rows there");
        return element;
    }
}
