using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Wire;

namespace Net.Mesh.TestPeer.Lines;

/// <summary>One operation with its fields, in the forms that the contract admits.</summary>
public sealed class Request
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _fields;

    private Request(JsonObject fields) => _fields = fields;

    /// <summary>The operation's name.</summary>
    public string Operation => _fields["op"]?.GetValue<string>() ?? throw new OperationException("invalid", "The line has no \"op\".");

    /// <summary>What the line calls itself, for the events that belong to it.</summary>
    public JsonNode? Id => _fields["id"]?.DeepClone();

    /// <summary>Reads a line.</summary>
    public static Request Parse(string line) => JsonNode.Parse(line) is JsonObject fields
        ? new(fields)
        : throw new OperationException("invalid", "The line is no JSON object.");

    /// <summary>Puts <c>id</c> and <c>op</c>, as they came, into a reply.</summary>
    public void CopyIdentityTo(JsonObject reply)
    {
        foreach (string name in (string[])["id", "op"])
        {
            if (_fields[name] is { } value)
                reply[name] = value.DeepClone();
        }
    }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => _fields[name] is not null;

    /// <summary>A text that has to be there.</summary>
    public string Text(string name) => _fields[name]?.GetValue<string>() ?? throw Missing(name);

    /// <summary>A text, or what stands for it when it is left out.</summary>
    public string Text(string name, string otherwise) => _fields[name]?.GetValue<string>() ?? otherwise;

    /// <summary>A text or a number, as text.</summary>
    public string Any(string name) => _fields[name] is JsonValue value && value.TryGetValue(out string? text) ? text : (_fields[name] ?? throw Missing(name)).ToJsonString();

    /// <summary>Whether a flag is set.</summary>
    public bool Flag(string name, bool otherwise = false) => _fields[name]?.GetValue<bool>() ?? otherwise;

    /// <summary>A number that may have a fraction.</summary>
    public double Real(string name, double otherwise) => _fields[name]?.GetValue<double>() ?? otherwise;

    /// <summary>Seconds.</summary>
    public TimeSpan Seconds(string name, double otherwise) => TimeSpan.FromSeconds(Real(name, otherwise));

    /// <summary>A whole number of up to 64 bits, as a JSON number or as text, decimal or with <c>0x</c>.</summary>
    public ulong Number(string name) => TryNumber(_fields[name]) ?? throw Missing(name);

    /// <summary>The same, or what stands for it.</summary>
    public ulong Number(string name, ulong otherwise) => TryNumber(_fields[name]) ?? otherwise;

    /// <summary>A node id.</summary>
    public NodeId Node(string name) => new(Number(name));

    /// <summary>A stream id: <c>stream_id</c>, or <c>key</c> that is hashed.</summary>
    public ulong StreamId() => Has("key") ? StreamIds.FromKey(Text("key")) : Number("stream_id");

    /// <summary>Bytes, written as hex.</summary>
    public byte[] Hex(string name) => Convert.FromHexString(Text(name));

    /// <summary>Bytes, or null when they are left out or empty.</summary>
    public byte[]? OptionalHex(string name) => Text(name, "") is { Length: > 0 } text ? Convert.FromHexString(text) : null;

    /// <summary>A channel's name.</summary>
    public ChannelName Channel() => ChannelName.Create(Text("channel"));

    /// <summary>An entity id, as hex.</summary>
    public EntityId Entity(string name) => new(Hex(name));

    /// <summary>Texts; none when they are left out.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. (_fields[name] as JsonArray ?? []).Select(static entry => entry!.GetValue<string>())];

    /// <summary>Whole numbers in any of their forms; none when they are left out.</summary>
    public IReadOnlyList<ulong> Numbers(string name) => [.. (_fields[name] as JsonArray ?? []).Select(static entry => TryNumber(entry)!.Value)];

    /// <summary>An address, <c>ip:port</c>.</summary>
    public System.Net.IPEndPoint Address(string name) => System.Net.IPEndPoint.TryParse(Text(name), out System.Net.IPEndPoint? address)
        ? address
        : throw new OperationException("invalid", $"\"{name}\" is '{Text(name)}'; write ip:port.");

    /// <summary>The fields of an object; none when it is left out.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Object(string name) =>
        (_fields[name] as JsonObject)?.ToDictionary() ?? [];

    /// <summary>The payloads: those of a list, or the one that the operation itself describes.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Payloads(string name = "payloads") => _fields[name] is JsonArray several
        ? [.. several.Select(static entry => entry is JsonObject fields ? Payload(fields) : (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(entry!.GetValue<string>()))]
        : [Payload(_fields)];

    /// <summary>Pairs of a name and a text; none when they are left out.</summary>
    public IReadOnlyList<(string Name, string Value)> Pairs(string name) =>
        [.. (_fields[name] as JsonArray ?? []).Select(static pair => (pair![0]!.GetValue<string>(), pair[1]!.GetValue<string>()))];

    /// <summary>A number in any of its written forms; null when it is left out.</summary>
    public static ulong? TryNumber(JsonNode? node)
    {
        if (node is not JsonValue value)
            return null;
        if (value.TryGetValue(out ulong number))
            return number;
        string text = value.TryGetValue(out string? written) ? written : value.ToJsonString();
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHex
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return isNumber ? number : throw new OperationException("invalid", $"'{text}' is no number of 64 bits; write it in decimal or with 0x.");
    }

    private static byte[] Payload(JsonObject fields)
    {
        if (fields["json"] is { } json)
            return Encoding.UTF8.GetBytes(json.ToJsonString(Compact));
        if ((fields["data"] ?? fields["body"]) is { } data)
            return Convert.FromHexString(data.GetValue<string>());
        return fields["fill"] is { } fill
            ? Fill(fill.GetValue<int>())
            : Encoding.UTF8.GetBytes(fields["text"]?.GetValue<string>() ?? "");
    }

    private static byte[] Fill(int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)((7 * i) + 3);
        return bytes;
    }

    private static OperationException Missing(string name) => new("invalid", $"\"{name}\" is missing.");
}
