using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Node.Tests;

/// <summary>The vector files, read where they lie.</summary>
internal static class Vectors
{
    public static JsonElement Wire(string section) => File("wire.json").GetProperty(section);

    public static JsonElement Profile(string section) => File("secure-profile.json").GetProperty(section);

    public static JsonElement Named(this JsonElement list, string name) => list.EnumerateArray().Single(item => item.Text("name") == name);

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;

    public static byte[] Hex(this JsonElement element, string property) => Convert.FromHexString(element.Text(property));

    /// <summary>A number, or one in hexadecimal digits where it is too large for JSON.</summary>
    public static ulong Number(this JsonElement element, string property)
    {
        JsonElement value = element.GetProperty(property);
        return value.ValueKind == JsonValueKind.String ? ulong.Parse(value.GetString()!.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : value.GetUInt64();
    }

    private static JsonElement File(string name)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Requires.Vectors(), name)));
        return document.RootElement.Clone();
    }
}
