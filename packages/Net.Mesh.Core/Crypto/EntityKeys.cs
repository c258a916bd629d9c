using System.Buffers.Binary;
using System.Numerics;
using NSec.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>What an entity's public key says by itself: the ids that derive from it, and whether a signature is its own.</summary>
internal static class EntityKeys
{
    public const int SeedBytes = 32;
    public const int SignatureBytes = 64;

    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger CurveD = BigInteger.Parse(
        "37095705934669439343138083508754565189542113879843219016388785533085940283555", System.Globalization.CultureInfo.InvariantCulture);

    public static NodeId NodeIdOf(in EntityId entity) => new(Derive("net-node-id-v1"u8, entity));

    public static OriginHash OriginHashOf(in EntityId entity) => new(Derive("net-origin-v1"u8, entity));

    /// <summary>
    /// Strict (spec 03 §1.3): S below L, no key or R of small order, and the recomputed R equal to the received one byte for byte.
    /// libsodium checks exactly these.
    /// </summary>
    public static bool Verify(in EntityId entity, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
        && PublicKey.TryImport(SignatureAlgorithm.Ed25519, entity.AsSpan(), KeyBlobFormat.RawPublicKey, out PublicKey? key)
        && key is not null
        && SignatureAlgorithm.Ed25519.Verify(key, data, signature);

    /// <summary>
    /// Whether the bytes are a point of the curve at all, of whatever order: x² = (y² − 1) / (dy² + 1) has to have a root. Only
    /// asked after a signature failed, to name the reason, so plain arithmetic is quick enough.
    /// </summary>
    public static bool IsPoint(in EntityId entity)
    {
        Span<byte> bytes = stackalloc byte[EntityId.Length];
        entity.AsSpan().CopyTo(bytes);
        bytes[^1] &= 0x7F; // the sign of x
        BigInteger y = new BigInteger(bytes, isUnsigned: true) % Prime;
        BigInteger square = y * y % Prime;
        BigInteger quotient = (square - 1 + Prime) * ((CurveD * square) + 1) % Prime; // a square exactly when u/v is
        return quotient.IsZero || BigInteger.ModPow(quotient, (Prime - 1) / 2, Prime).IsOne;
    }

    private static ulong Derive(ReadOnlySpan<byte> label, in EntityId entity)
    {
        Span<byte> hash = stackalloc byte[Blake2s.HashBytes];
        Blake2s.KeyedHash(label, entity.AsSpan(), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
