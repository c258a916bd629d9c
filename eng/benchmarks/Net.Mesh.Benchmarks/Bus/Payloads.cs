using System.Globalization;
using System.Text;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>
/// A block of distinct 64-byte JSON payloads, the same for every subject. Distinct, because a bus routes by the bytes: one payload
/// over and over would use one shard only.
/// </summary>
internal static class Payloads
{
    public const int BlockSize = 1000;

    public const int Length = 64;

    public static byte[][] Arrays { get; } = [.. Enumerable.Range(0, BlockSize).Select(Create)];

    public static ReadOnlyMemory<byte>[] Memories { get; } = [.. Arrays.Select(a => new ReadOnlyMemory<byte>(a))];

    public static string[] Texts { get; } = [.. Arrays.Select(Encoding.UTF8.GetString)];

    private static byte[] Create(int index)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{index},\"token\":\"");
        return Encoding.UTF8.GetBytes(head.PadRight(Length - 2, (char)('a' + index % 26)) + "\"}");
    }
}
