using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Crypto;
using NSec.Cryptography;

namespace Net.Mesh.Identities;

/// <summary>Why an envelope was not opened, or not sealed.</summary>
public enum EnvelopeError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It has not 209 bytes, or not version 1.</summary>
    UnknownVersion,

    /// <summary>The signer is not the expected one, or no key at all.</summary>
    InvalidSignerKey,

    /// <summary>The signer did not sign it, or it holds another's seed.</summary>
    InvalidAttestation,

    /// <summary>It is for another node, or it was changed.</summary>
    SealOpenFailed,

    /// <summary>The identity to seal holds no secret.</summary>
    SourceReadOnly,
}

/// <summary>
/// The 209 bytes in which an identity's seed travels to the node that takes it over: sealed for that node, and signed by the
/// identity itself (spec 03 §1.7).
/// </summary>
public static class IdentityEnvelope
{
    /// <summary>The length in bytes: 209.</summary>
    public const int Size = SignatureOffset + Identity.SignatureBytes;

    /// <summary>The length of the causal link that an envelope belongs to: 32.</summary>
    public const int LinkBytes = 32;

    private const byte Version = 1;
    private const int KeyBytes = 32;
    private const int TargetOffset = 1;
    private const int EphemeralOffset = TargetOffset + KeyBytes;
    private const int CipherOffset = EphemeralOffset + KeyBytes;
    private const int CipherBytes = Identity.SeedBytes + 16;
    private const int SignerOffset = CipherOffset + CipherBytes;
    private const int SignatureOffset = SignerOffset + KeyBytes;
    private const int NonceBytes = 24;

    private static readonly AeadAlgorithm Aead = AeadAlgorithm.XChaCha20Poly1305;

    private static ReadOnlySpan<byte> KeyLabel => "net-identity-envelope"u8;

    private static ReadOnlySpan<byte> NonceLabel => "net-identity-nonce"u8;

    /// <summary>Seals an identity for a node.</summary>
    /// <param name="source">The identity that moves; it keeps its secret until <see cref="Identity.Zeroise"/>.</param>
    /// <param name="target">The node's static key.</param>
    /// <param name="causalLink">The 32 bytes of the chain's link that the move belongs to.</param>
    /// <param name="destination">At least 209 bytes; the first 209 are written when nothing is wrong.</param>
    /// <returns><see cref="EnvelopeError.SourceReadOnly"/>, or <see cref="EnvelopeError.SealOpenFailed"/> for a target key that keeps no secret.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static EnvelopeError Seal(Identity source, NoisePublicKey target, ReadOnlySpan<byte> causalLink, Span<byte> destination)
    {
        using var ephemeral = StaticKeyPair.Generate();
        return Seal(source, target, causalLink, ephemeral, destination);
    }

    /// <summary>Opens an envelope.</summary>
    /// <param name="envelope">What arrived.</param>
    /// <param name="own">This node's static key.</param>
    /// <param name="causalLink">The 32 bytes of the chain's link that the move belongs to.</param>
    /// <param name="expectedSigner">Whose identity it has to be; null for anybody's.</param>
    /// <param name="identity">The identity, when nothing is wrong. The caller disposes of it.</param>
    /// <param name="time">The clock for what the identity issues; the system's when null.</param>
    /// <exception cref="ArgumentException"><paramref name="causalLink"/> has not 32 bytes.</exception>
    public static EnvelopeError TryOpen(
        ReadOnlySpan<byte> envelope,
        StaticKeyPair own,
        ReadOnlySpan<byte> causalLink,
        EntityId? expectedSigner,
        out Identity? identity,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(own);
        RequireLink(causalLink);
        identity = null;
        if (envelope.Length != Size || envelope[0] != Version)
            return EnvelopeError.UnknownVersion;
        var signer = new EntityId(envelope.Slice(SignerOffset, KeyBytes));
        if (expectedSigner is { } expected && expected != signer)
            return EnvelopeError.InvalidSignerKey;
        ReadOnlySpan<byte> target = envelope.Slice(TargetOffset, KeyBytes);
        Span<byte> transcript = stackalloc byte[KeyBytes + LinkBytes];
        WriteTranscript(transcript, target, causalLink);
        if (!Identity.Verify(signer, transcript, envelope[SignatureOffset..], out EntityError error))
            return error == EntityError.InvalidPublicKey ? EnvelopeError.InvalidSignerKey : EnvelopeError.InvalidAttestation;
        if (!own.PublicKey.AsSpan().SequenceEqual(target))
            return EnvelopeError.SealOpenFailed;

        using var seed = new SecretBytes(Identity.SeedBytes);
        ReadOnlySpan<byte> ephemeral = envelope.Slice(EphemeralOffset, KeyBytes);
        if (!TryDecrypt(own, ephemeral, target, causalLink, envelope.Slice(CipherOffset, CipherBytes), seed.Span))
            return EnvelopeError.SealOpenFailed;
        var opened = Identity.FromSeed(seed.Span, time);
        if (opened.EntityId == signer)
        {
            identity = opened;
            return EnvelopeError.None;
        }
        opened.Dispose();
        return EnvelopeError.InvalidAttestation;
    }

    internal static EnvelopeError Seal(Identity source, NoisePublicKey target, ReadOnlySpan<byte> causalLink, StaticKeyPair ephemeral, Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        RequireLink(causalLink);
        if (destination.Length < Size)
            throw new ArgumentException($"An envelope takes {Size} bytes; the destination has {destination.Length}.", nameof(destination));
        using var seed = new SecretBytes(Identity.SeedBytes);
        Span<byte> transcript = stackalloc byte[KeyBytes + LinkBytes];
        WriteTranscript(transcript, target.AsSpan(), causalLink);
        Span<byte> envelope = stackalloc byte[Size];
        if (!source.TrySecretBytes(seed.Span, out _) || !source.TrySign(transcript, envelope[SignatureOffset..], out _))
            return EnvelopeError.SourceReadOnly;

        using var shared = new SecretBytes(KeyBytes);
        if (!ephemeral.TryAgree(target.AsSpan(), shared.Span))
            return EnvelopeError.SealOpenFailed;
        envelope[0] = Version;
        target.AsSpan().CopyTo(envelope[TargetOffset..]);
        ephemeral.PublicKey.AsSpan().CopyTo(envelope[EphemeralOffset..]);
        source.EntityId.AsSpan().CopyTo(envelope[SignerOffset..]);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        DeriveNonce(envelope.Slice(EphemeralOffset, KeyBytes), target.AsSpan(), nonce);
        using Key key = DeriveKey(shared.Span);
        Aead.Encrypt(key, nonce, causalLink, seed.Span, envelope.Slice(CipherOffset, CipherBytes));
        envelope.CopyTo(destination);
        return EnvelopeError.None;
    }

    private static bool TryDecrypt(StaticKeyPair own, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> target, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertext, Span<byte> seed)
    {
        using var shared = new SecretBytes(KeyBytes);
        if (!own.TryAgree(ephemeral, shared.Span))
            return false;
        Span<byte> nonce = stackalloc byte[NonceBytes];
        DeriveNonce(ephemeral, target, nonce);
        using Key key = DeriveKey(shared.Span);
        return Aead.Decrypt(key, nonce, aad, ciphertext, seed);
    }

    private static Key DeriveKey(ReadOnlySpan<byte> shared)
    {
        using var derived = new SecretBytes(KeyBytes);
        Blake2s.KeyedHash(KeyLabel, shared, derived.Span);
        return Key.Import(Aead, derived.Span, KeyBlobFormat.RawSymmetricKey);
    }

    private static void DeriveNonce(ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> target, Span<byte> nonce)
    {
        Span<byte> both = stackalloc byte[2 * KeyBytes];
        ephemeral.CopyTo(both);
        target.CopyTo(both[KeyBytes..]);
        Span<byte> hash = stackalloc byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(NonceLabel, both, hash);
        hash[..NonceBytes].CopyTo(nonce);
    }

    private static void WriteTranscript(Span<byte> transcript, ReadOnlySpan<byte> target, ReadOnlySpan<byte> causalLink)
    {
        target.CopyTo(transcript);
        causalLink.CopyTo(transcript[KeyBytes..]);
    }

    private static void RequireLink(ReadOnlySpan<byte> causalLink)
    {
        if (causalLink.Length != LinkBytes)
            throw new ArgumentException($"A causal link has {LinkBytes} bytes; {causalLink.Length} were given.", nameof(causalLink));
    }
}
