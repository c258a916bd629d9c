using System.Buffers.Binary;

namespace Net.Mesh.Crypto;

/// <summary>The key schedule of 0.27.2, which stands on the handshake hash instead of the chaining key (spec 01 §6.3).</summary>
internal static class ReferenceKeys
{
    public static SessionKeys Derive(ReadOnlySpan<byte> handshakeHash)
    {
        using var extracted = new SecretBytes(Blake2s.HashBytes);
        Blake2s.KeyedHash(handshakeHash, "net-kdf-v1"u8, extracted.Span);
        var keys = new SessionKeys(BinaryPrimitives.ReadUInt64LittleEndian(handshakeHash));
        Blake2s.KeyedHash(extracted.Span, "initiator-tx"u8, keys.FirstKey);
        Blake2s.KeyedHash(extracted.Span, "initiator-rx"u8, keys.SecondKey);
        return keys;
    }
}
