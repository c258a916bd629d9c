using System.Text.Json;
using System.Text.Unicode;

namespace Net.Mesh.Bus;

/// <summary>Questions about bytes that may be JSON; none of them limits nesting and none allocates for ordinary depths.</summary>
internal static class JsonText
{
    private static readonly JsonReaderOptions NoDepthLimit = new() { MaxDepth = int.MaxValue };

    /// <summary>Whether the bytes are exactly one JSON value in UTF-8, with optional white space around it.</summary>
    public static bool IsValid(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            return false; // the reader checks strings only when they are read
        try
        {
            var reader = new Utf8JsonReader(json, NoDepthLimit);
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Opens a reader without a nesting limit.</summary>
    public static Utf8JsonReader Read(ReadOnlySpan<byte> json) => new(json, NoDepthLimit);

    /// <summary>Cuts JSON white space from both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> json) => json.Trim(" \t\r\n"u8);
}
