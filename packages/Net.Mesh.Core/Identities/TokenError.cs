namespace Net.Mesh;

/// <summary>Why a permission token is worth nothing, or was not issued (spec 03 §2.10).</summary>
public enum TokenError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The issuer did not sign it.</summary>
    InvalidSignature,

    /// <summary>It begins later.</summary>
    NotYetValid,

    /// <summary>It has ended; the end itself is no longer part of its life.</summary>
    Expired,

    /// <summary>It may be handed on no further.</summary>
    DelegationExhausted,

    /// <summary>It may not be handed on at all.</summary>
    DelegationNotAllowed,

    /// <summary>It does not grant this, to this entity, from a trusted root.</summary>
    NotAuthorized,

    /// <summary>Its issuer took it back.</summary>
    Revoked,

    /// <summary>The bytes have the wrong length or count.</summary>
    InvalidFormat,

    /// <summary>Whoever should sign holds no secret.</summary>
    ReadOnly,

    /// <summary>It would live for less than a second.</summary>
    ZeroTtl,

    /// <summary>It would live for more than 365 days.</summary>
    TtlTooLong,
}

/// <summary>The words that every binding of Net uses for the errors.</summary>
public static class TokenErrorText
{
    /// <summary>The stable word, such as <c>not_authorized</c>; <c>ok</c> for <see cref="TokenError.None"/>.</summary>
    public static string ToText(this TokenError error) => error switch
    {
        TokenError.None => "ok",
        TokenError.InvalidSignature => "invalid_signature",
        TokenError.NotYetValid => "not_yet_valid",
        TokenError.Expired => "expired",
        TokenError.DelegationExhausted => "delegation_exhausted",
        TokenError.DelegationNotAllowed => "delegation_not_allowed",
        TokenError.NotAuthorized => "not_authorized",
        TokenError.Revoked => "revoked",
        TokenError.InvalidFormat => "invalid_format",
        TokenError.ReadOnly => "read_only",
        TokenError.ZeroTtl => "zero_ttl",
        TokenError.TtlTooLong => "ttl_too_long",
        _ => "unknown",
    };
}

/// <summary>A permission token is worth nothing, or could not be issued. <see cref="MeshException.Kind"/> is the word of <see cref="Error"/>.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">What was wrong, with which value, and what to do about it.</param>
public sealed class TokenException(TokenError error, string message) : MeshException(error.ToText(), message)
{
    /// <summary>What is wrong.</summary>
    public TokenError Error { get; } = error;
}
