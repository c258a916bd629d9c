using NSec.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>
/// An X25519 key pair: a node's static key, whose public half one has to know to dial it (spec 01 §6.1), or an ephemeral of
/// one handshake. Immutable; any number of threads may use it until it is disposed of.
/// </summary>
public sealed class StaticKeyPair : IDisposable
{
    private const int KeyBytes = 32;
    private static readonly KeyAgreementAlgorithm X25519 = KeyAgreementAlgorithm.X25519;
    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private readonly Key _key;

    private StaticKeyPair(Key key)
    {
        _key = key;
        PublicKey = new(key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>The half that others may know.</summary>
    public NoisePublicKey PublicKey { get; }

    private static ReadOnlySpan<byte> SeedLabel => "net-mesh-static-v1"u8;

    /// <summary>A pair from the operating system's random numbers.</summary>
    public static StaticKeyPair Generate() => new(Key.Create(X25519, Exportable));

    /// <summary>The pair of a private key.</summary>
    /// <param name="privateKey">32 bytes, as RFC 7748 has them; they are copied.</param>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static StaticKeyPair FromPrivateKey(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != KeyBytes)
            throw new ArgumentException($"An X25519 private key has {KeyBytes} bytes; {privateKey.Length} were given.", nameof(privateKey));
        return new(Key.Import(X25519, privateKey, KeyBlobFormat.RawPrivateKey, Exportable));
    }

    /// <summary>The pair that belongs to an identity, so that a node's public key survives a restart (spec 11 §1).</summary>
    /// <param name="identitySeed">The 32 bytes of <c>Identity.ToBytes</c>.</param>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public static StaticKeyPair FromSeed(ReadOnlySpan<byte> identitySeed)
    {
        if (identitySeed.Length != EntityKeys.SeedBytes)
            throw new ArgumentException($"An identity's seed has {EntityKeys.SeedBytes} bytes; {identitySeed.Length} were given.", nameof(identitySeed));
        using var secret = new SecretBytes(KeyBytes);
        Blake2s.KeyedHash(SeedLabel, identitySeed, secret.Span);
        return FromPrivateKey(secret.Span);
    }

    /// <summary>
    /// The private key, 32 bytes. <b>This is a secret</b>: whoever has it can answer handshakes as this node. Wipe the array
    /// after use.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The pair has been disposed of.</exception>
    public byte[] ToBytes()
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(KeyBytes, pinned: true);
        _key.TryExport(KeyBlobFormat.RawPrivateKey, bytes, out _);
        return bytes;
    }

    /// <summary>Names the public key only.</summary>
    public override string ToString() => $"X25519 {PublicKey} [REDACTED]";

    /// <summary>Wipes the private key. Calling it again does nothing.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>
    /// The 32-byte X25519 secret shared with <paramref name="peerPublic"/>. False when the result is all zero, as a low-order
    /// key makes it: such a handshake would be no secret to anyone.
    /// </summary>
    internal bool TryAgree(ReadOnlySpan<byte> peerPublic, Span<byte> secret)
    {
        if (!NSec.Cryptography.PublicKey.TryImport(X25519, peerPublic, KeyBlobFormat.RawPublicKey, out PublicKey? peer) || peer is null)
            return false;
        using SharedSecret? shared = X25519.Agree(_key, peer, new SharedSecretCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        return shared is not null && shared.TryExport(SharedSecretBlobFormat.RawSharedSecret, secret, out _);
    }
}
