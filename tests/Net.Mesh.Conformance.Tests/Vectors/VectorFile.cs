using System.Globalization;
using System.Text;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Reads the vector files where they lie; nothing of them is copied into this project.</summary>
internal static class VectorFile
{
    public static string PathOf(string file) => Path.Combine(Requires.Vectors(), file);

    public static JsonElement Load(string file)
    {
        using FileStream stream = File.OpenRead(PathOf(file));
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>The element at a path of member names.</summary>
    public static JsonElement Load(string file, params ReadOnlySpan<string> path)
    {
        JsonElement element = Load(file);
        foreach (string name in path)
            element = element.GetProperty(name);
        return element;
    }

    /// <summary>Checks every row and reports all that fail, each with its text; a list without rows fails.</summary>
    public static async Task CheckRowsAsync(JsonElement rows, Func<JsonElement, Task> check)
    {
        Assert.NotEqual(0, rows.GetArrayLength());
        var failures = new StringBuilder();
        int index = 0;
        foreach (JsonElement row in rows.EnumerateArray())
        {
            try
            {
                await check(row);
            }
            catch (Exception e) when (e is not Xunit.Sdk.SkipException)
            {
                failures.Append(CultureInfo.InvariantCulture, $"row {index}: {row.GetRawText()}\n{e}\n\n");
            }
            index++;
        }
        Assert.True(failures.Length == 0, failures.ToString());
    }

    public static void CheckRows(JsonElement rows, Action<JsonElement> check) =>
        CheckRowsAsync(rows, row =>
        {
            check(row);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();
}

/// <summary>The spellings that the vectors use.</summary>
internal static class VectorValues
{
    public static string Text(this JsonElement row, string name) => row.GetProperty(name).GetString()!;

    public static string? TextOrNull(this JsonElement row, string name) => row.GetProperty(name).GetString();

    public static int Int(this JsonElement row, string name) => row.GetProperty(name).GetInt32();

    public static bool Flag(this JsonElement row, string name) => row.GetProperty(name).GetBoolean();

    public static bool Has(this JsonElement row, string name) => row.TryGetProperty(name, out _);

    public static ulong Hex64(this JsonElement row, string name) => ParseHex64(row.Text(name));

    /// <summary>A number below 2^64, written as a JSON number or as decimal text.</summary>
    public static ulong UInt64(this JsonElement row, string name) => row.GetProperty(name) is { ValueKind: JsonValueKind.String } text
        ? ulong.Parse(text.GetString()!, CultureInfo.InvariantCulture)
        : row.GetProperty(name).GetUInt64();

    public static byte[] Bytes(this JsonElement row, string name) => Convert.FromHexString(row.Text(name));

    public static byte[] Utf8(this JsonElement row, string name) => Encoding.UTF8.GetBytes(row.Text(name));

    public static ulong ParseHex64(string text) =>
        ulong.Parse(text.StartsWith("0x", StringComparison.Ordinal) ? text.AsSpan(2) : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
