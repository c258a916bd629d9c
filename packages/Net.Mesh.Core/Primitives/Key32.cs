using System.Runtime.CompilerServices;

namespace Net.Mesh.Primitives;

/// <summary>Thirty-two bytes in line; what <see cref="EntityId"/> and <see cref="NoisePublicKey"/> hold.</summary>
[InlineArray(Length)]
internal struct Key32
{
    public const int Length = 32;

    private byte _first;

    public static Key32 From(ReadOnlySpan<byte> bytes, string what)
    {
        if (bytes.Length != Length)
            throw new ArgumentException($"{what} has {Length} bytes; {bytes.Length} were given.");
        var key = default(Key32);
        bytes.CopyTo(key);
        return key;
    }

    public static bool TryFromHex(ReadOnlySpan<char> text, out Key32 key)
    {
        key = default;
        return text.Length == Length * 2 && Convert.FromHexString(text, key, out _, out int written) == System.Buffers.OperationStatus.Done && written == Length;
    }
}
