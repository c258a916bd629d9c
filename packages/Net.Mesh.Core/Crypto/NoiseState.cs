using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>
/// The symmetric half of a Noise handshake (Noise rev 34 §5.2): the hash h over all that both sides have seen, the chaining
/// key ck and the cipher key k. Kept in one wiped buffer so that it can be saved and put back as a whole.
/// </summary>
internal sealed class NoiseState : IDisposable
{
    public const int Bytes = 3 * Blake2s.HashBytes;

    private readonly SecretBytes _memory = new(Bytes);

    public NoiseState(ReadOnlySpan<byte> protocolName)
    {
        // The name is longer than a hash, so it is hashed; ck starts as the same bytes.
        Blake2s.Hash(protocolName, Hash);
        Hash.CopyTo(ChainingKey);
    }

    public Span<byte> Hash => _memory.Span[..32];

    public Span<byte> ChainingKey => _memory.Span[32..64];

    private Span<byte> CipherKey => _memory.Span[64..];

    public void MixHash(ReadOnlySpan<byte> data)
    {
        var hash = new Blake2sState();
        hash.Append(Hash);
        hash.Append(data);
        hash.Finish(Hash);
    }

    public void MixKey(ReadOnlySpan<byte> input) => HmacBlake2s.Expand(ChainingKey, input, ChainingKey, CipherKey);

    public void MixKeyAndHash(ReadOnlySpan<byte> input)
    {
        Span<byte> mixed = stackalloc byte[Blake2s.HashBytes];
        HmacBlake2s.Expand(ChainingKey, input, ChainingKey, mixed, CipherKey);
        MixHash(mixed);
        CryptographicOperations.ZeroMemory(mixed);
    }

    /// <summary>
    /// Encrypts under k with h as the associated data, then mixes the ciphertext into h. Every key of this pattern encrypts
    /// one payload, for the next message begins by mixing a new one; so the nonce of Noise is always 0.
    /// </summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        OneTimeCipher.Seal(CipherKey, Hash, plaintext, destination);
        MixHash(destination[..(plaintext.Length + PacketCipher.TagBytes)]);
    }

    /// <summary>The reverse of <see cref="Encrypt"/>; false, with h as it was, when the tag is wrong.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        if (!OneTimeCipher.TryOpen(CipherKey, Hash, ciphertextAndTag, plaintext))
            return false;
        MixHash(ciphertextAndTag);
        return true;
    }

    public void SaveTo(Span<byte> saved) => _memory.Span.CopyTo(saved);

    public void Restore(ReadOnlySpan<byte> saved) => saved.CopyTo(_memory.Span);

    public void Dispose() => _memory.Dispose();
}
