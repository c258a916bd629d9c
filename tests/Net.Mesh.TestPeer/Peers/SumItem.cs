using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Rpc;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>What the canonical services take: a text and numbers (spec 07 §16).</summary>
internal sealed record SumItem(string Text, IReadOnlyList<long> Numbers)
{
    private static readonly JsonSerializerOptions Raw = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads an item.</summary>
    /// <exception cref="RpcApplicationException">It is none.</exception>
    public static SumItem Read(ReadOnlyMemory<byte> body, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return new(
                document.RootElement.GetProperty("text").GetString() ?? throw new FormatException("text is null"),
                [.. document.RootElement.GetProperty("numbers").EnumerateArray().Select(static number => number.GetInt64())]);
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new RpcApplicationException(RpcStatus.TypedBadRequest, $"{where}: bad request body: {cause.Message}");
        }
    }

    /// <summary>The answer to it.</summary>
    public ReadOnlyMemory<byte> Echo() =>
        Encoding.UTF8.GetBytes(new JsonObject { ["echo"] = Text, ["sum"] = Numbers.Aggregate(0L, Add) }.ToJsonString(Raw));

    /// <summary>Adds, and stays at the largest or the smallest number where that is passed.</summary>
    public static long Add(long sum, long number)
    {
        Int128 exact = (Int128)sum + number;
        return exact > long.MaxValue ? long.MaxValue : exact < long.MinValue ? long.MinValue : (long)exact;
    }
}
