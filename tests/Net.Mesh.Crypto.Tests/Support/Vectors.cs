using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Crypto.Tests;

/// <summary>The vector files, read where they lie.</summary>
internal static class Vectors
{
    public static JsonElement File(string name)
    {
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Requires.Vectors(), name)));
        return document.RootElement.Clone();
    }

    public static JsonElement Wire(string section) => File("wire.json").GetProperty(section);

    public static JsonElement SecureProfile(string section) => File("secure-profile.json").GetProperty(section);

    public static JsonElement Named(this JsonElement list, string name) =>
        list.EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);

    public static string Text(this JsonElement element, string property) => element.GetProperty(property).GetString()!;

    public static byte[] Hex(this JsonElement element, string property) => Convert.FromHexString(element.Text(property));

    public static ulong Id(this JsonElement element, string property) => Id(element.Text(property));

    public static ulong Id(string text) => ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    public static bool Has(this JsonElement element, string property) => element.TryGetProperty(property, out _);
}
