namespace Net.Mesh.Crypto;

/// <summary>Signs for an entity: an <c>Identity</c>, or a key that never leaves its hardware.</summary>
public interface IEntitySigner
{
    /// <summary>Whose signatures they are.</summary>
    EntityId EntityId { get; }

    /// <summary>Signs with plain Ed25519.</summary>
    /// <param name="data">What to sign, without a prefix.</param>
    /// <param name="signature">At least 64 bytes; the first 64 are written.</param>
    void Sign(ReadOnlySpan<byte> data, Span<byte> signature);
}
