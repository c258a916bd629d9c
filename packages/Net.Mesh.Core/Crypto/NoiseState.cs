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
    private ulong _nonce;

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

    public void MixKey(ReadOnlySpan<byte> input)
    {
        HmacBlake2s.Expand(ChainingKey, input, ChainingKey, CipherKey);
        _nonce = 0;
    }

    public void MixKeyAndHash(ReadOnlySpan<byte> input)
    {
        Span<byte> mixed = stackalloc byte[Blake2s.HashBytes];
        HmacBlake2s.Expand(ChainingKey, input, ChainingKey, mixed, CipherKey);
        MixHash(mixed);
        CryptographicOperations.ZeroMemory(mixed);
        _nonce = 0;
    }

    /// <summary>Encrypts under k with h as the associated data, then mixes the ciphertext into h.</summary>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        using var cipher = NoiseCipher();
        cipher.Seal(_nonce++, Hash, plaintext, destination);
        MixHash(destination[..(plaintext.Length + PacketCipher.TagBytes)]);
    }

    /// <summary>The reverse of <see cref="Encrypt"/>; false, with the state half-way, when the tag is wrong.</summary>
    public bool TryDecrypt(ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        using var cipher = NoiseCipher();
        if (!cipher.TryOpen(_nonce++, Hash, ciphertextAndTag, plaintext))
            return false;
        MixHash(ciphertextAndTag);
        return true;
    }

    /// <summary>Everything but the nonce, which is 0 at every point at which a message begins.</summary>
    public void SaveTo(Span<byte> saved) => _memory.Span.CopyTo(saved);

    public void Restore(ReadOnlySpan<byte> saved)
    {
        saved.CopyTo(_memory.Span);
        _nonce = 0;
    }

    public void Dispose() => _memory.Dispose();

    // A Noise nonce is four zero bytes and the counter: a packet nonce of session id 0 (spec 01 §6.1).
    private PacketCipher NoiseCipher() => new(CipherKey, sessionId: 0);
}
