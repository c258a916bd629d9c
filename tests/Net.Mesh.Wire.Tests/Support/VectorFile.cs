using System.Globalization;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Wire.Tests.Support;

/// <summary>Reads the vector files where they lie; nothing of them is copied into this project.</summary>
internal static class VectorFile
{
    /// <summary>The element of a file at a path of member names.</summary>
    public static JsonElement Load(string file, params ReadOnlySpan<string> path)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Requires.Vectors(), file));
        using var document = JsonDocument.Parse(stream);
        JsonElement element = document.RootElement;
        foreach (string name in path)
            element = element.GetProperty(name);
        return element.Clone();
    }

    /// <summary>The rows of a list, which must not be empty: a section that is gone must not pass for one that is right.</summary>
    public static IReadOnlyList<JsonElement> Rows(string file, params ReadOnlySpan<string> path)
    {
        JsonElement[] rows = [.. Load(file, path).EnumerateArray()];
        Assert.NotEmpty(rows);
        return rows;
    }

    public static string Text(this JsonElement row, string name) => row.GetProperty(name).GetString()!;

    public static byte[] Bytes(this JsonElement row, string name) => Convert.FromHexString(row.Text(name));

    /// <summary>A number, written as one or as hexadecimal text behind 0x.</summary>
    public static ulong Number(this JsonElement row, string name)
    {
        JsonElement value = row.GetProperty(name);
        return value.ValueKind == JsonValueKind.Number
            ? value.GetUInt64()
            : ulong.Parse(value.GetString().AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    public static ulong NumberOr0(this JsonElement row, string name) => row.TryGetProperty(name, out _) ? row.Number(name) : 0;
}
