using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>
/// ChaCha20-Poly1305 under keys that encrypt one handshake payload each, so the nonce is zero. OpenSSL has a context ready in
/// 1 µs, while libsodium's guarded memory costs more than the key agreement's arithmetic beside it; a
/// <see cref="PacketCipher"/> stands in where OpenSSL lacks the cipher.
/// </summary>
internal static class OneTimeCipher
{
    private const int NonceBytes = 12;

    public static void Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (destination.Length - PacketCipher.TagBytes < plaintext.Length)
            throw new ArgumentException($"A payload of {plaintext.Length} bytes takes {plaintext.Length + PacketCipher.TagBytes} sealed; the destination has {destination.Length}.", nameof(destination));
        if (!ChaCha20Poly1305.IsSupported)
        {
            using var stand = new PacketCipher(key, sessionId: 0);
            stand.Seal(0, aad, plaintext, destination);
            return;
        }
        Span<byte> nonce = stackalloc byte[NonceBytes];
        nonce.Clear();
        using var cipher = new ChaCha20Poly1305(key);
        cipher.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination.Slice(plaintext.Length, PacketCipher.TagBytes), aad);
    }

    /// <summary>False when the tag is wrong. <paramref name="plaintext"/> is 16 bytes shorter than the ciphertext.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> key, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        if (!ChaCha20Poly1305.IsSupported)
        {
            using var stand = new PacketCipher(key, sessionId: 0);
            return stand.TryOpen(0, aad, ciphertextAndTag, plaintext);
        }
        Span<byte> nonce = stackalloc byte[NonceBytes];
        nonce.Clear();
        using var cipher = new ChaCha20Poly1305(key);
        try
        {
            cipher.Decrypt(nonce, ciphertextAndTag[..plaintext.Length], ciphertextAndTag[plaintext.Length..], plaintext, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
