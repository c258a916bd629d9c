using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>HMAC-BLAKE2s and the HKDF that Noise builds from it (Noise rev 34 §4.3): unkeyed BLAKE2s under RFC 2104 with 64-byte blocks.</summary>
internal static class HmacBlake2s
{
    /// <summary>HKDF with two outputs.</summary>
    public static void Expand(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second) =>
        Expand(chainingKey, input, first, second, []);

    /// <summary>HKDF with three outputs, or two when <paramref name="third"/> is empty. Outputs may be the place of the inputs.</summary>
    public static void Expand(ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second, Span<byte> third)
    {
        Span<byte> extracted = stackalloc byte[Blake2s.HashBytes];
        Hash(chainingKey, input, 0, extracted);
        Hash(extracted, [], 1, first);
        Hash(extracted, first[..Blake2s.HashBytes], 2, second);
        if (!third.IsEmpty)
            Hash(extracted, second[..Blake2s.HashBytes], 3, third);
        CryptographicOperations.ZeroMemory(extracted);
    }

    /// <summary>HMAC over <paramref name="data"/> and, unless it is 0, the counter byte behind it.</summary>
    private static void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, byte counter, Span<byte> destination)
    {
        Span<byte> pad = stackalloc byte[Blake2sState.BlockBytes];
        Span<byte> inner = stackalloc byte[Blake2s.HashBytes];

        FillPad(pad, key, 0x36);
        var hash = new Blake2sState();
        hash.Append(pad);
        hash.Append(data);
        if (counter != 0)
            hash.Append([counter]);
        hash.Finish(inner);

        FillPad(pad, key, 0x5C);
        hash = new Blake2sState();
        hash.Append(pad);
        hash.Append(inner);
        hash.Finish(destination);

        CryptographicOperations.ZeroMemory(pad);
        CryptographicOperations.ZeroMemory(inner);
    }

    private static void FillPad(Span<byte> pad, ReadOnlySpan<byte> key, byte value)
    {
        pad.Fill(value);
        for (int i = 0; i < key.Length; i++)
            pad[i] ^= key[i];
    }
}
