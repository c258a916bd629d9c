using System.Globalization;
using Net.Mesh.Wire;

namespace Net.Mesh.Cli.Nodes;

/// <summary>The id of a stream as people write it: a number, or a name that both ends use.</summary>
internal static class StreamName
{
    public const string Default = "netmesh";

    // A name must not land on a channel's id or a blob transfer's, which a peer of Net 0.27 would swallow (spec 01 §11.1).
    private const ulong Reserved = (1UL << 48) | (1UL << 61);

    public static bool TryParse(string text, out ulong id, out string? problem)
    {
        problem = null;
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool isNumber = isHex
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
        if (!isNumber)
            id = StreamIds.FromKey(text) & ~Reserved;
        if (text.Length == 0 || (isHex && !isNumber))
            problem = $"\"{text}\" is no stream; write a name, a decimal number, or 0x and up to 16 hexadecimal digits.";
        else if (!StreamIds.IsSafeForPeer(id))
            problem = $"stream {text} is taken by the protocol; choose another number, or a name.";
        return problem is null;
    }
}
