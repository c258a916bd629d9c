namespace Net.Mesh.Identities;

/// <summary>What is wrong with an entity's key or signature (spec 03 §1.4).</summary>
public enum EntityError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The 32 bytes are no point of the curve.</summary>
    InvalidPublicKey,

    /// <summary>The signature is not the entity's.</summary>
    InvalidSignature,

    /// <summary>There is no secret to sign with.</summary>
    ReadOnly,
}

/// <summary>An identity could not do what was asked. Kinds: <c>invalid_public_key</c>, <c>invalid_signature</c>, <c>read_only</c>.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">What was wrong, with which value, and what to do about it.</param>
public sealed class EntityException(EntityError error, string message) : MeshException(TextOf(error), message)
{
    /// <summary>What is wrong.</summary>
    public EntityError Error { get; } = error;

    private static string TextOf(EntityError error) => error switch
    {
        EntityError.InvalidPublicKey => "invalid_public_key",
        EntityError.InvalidSignature => "invalid_signature",
        _ => "read_only",
    };
}
