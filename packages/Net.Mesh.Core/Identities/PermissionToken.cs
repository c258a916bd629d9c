using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Net.Mesh.Crypto;
using Net.Mesh.Identities;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh;

/// <summary>
/// A signed grant: its issuer lets its subject do something on a channel for a while (spec 03 §2). 169 bytes, and no secret: it
/// is of use to its subject only. Immutable.
/// </summary>
/// <remarks>
/// Reading one checks its length and nothing else. <see cref="Verify"/> says whether its issuer signed it, <see cref="Validate"/>
/// whether it counts now; whether the issuer may grant the channel at all is for a <see cref="TokenChain"/> to say.
/// </remarks>
public sealed class PermissionToken : IEquatable<PermissionToken>
{
    /// <summary>The length in bytes: 169.</summary>
    public const int WireSize = SignedSize + Identity.SignatureBytes;

    /// <summary>The longest difference of clocks that is ever made up for: 300 seconds.</summary>
    public static readonly TimeSpan MaxClockSkew = TimeSpan.FromSeconds(300);

    /// <summary>The shortest life: one second.</summary>
    public static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(1);

    /// <summary>The longest life: 365 days.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromDays(365);

    private const int SignedSize = 105;
    private const int SubjectOffset = 32;
    private const int ScopeOffset = 64;
    private const int ChannelOffset = 68;
    private const int GenerationOffset = 76;
    private const int NotBeforeOffset = 80;
    private const int NotAfterOffset = 88;
    private const int DepthOffset = 96;
    private const int NonceOffset = 97;

    private readonly byte[] _bytes;

    private PermissionToken(byte[] bytes)
    {
        _bytes = bytes;
        Issuer = new(bytes.AsSpan(0, EntityId.Length));
        Subject = new(bytes.AsSpan(SubjectOffset, EntityId.Length));
    }

    /// <summary>Who grants.</summary>
    public EntityId Issuer { get; }

    /// <summary>Who may use it.</summary>
    public EntityId Subject { get; }

    /// <summary>What it grants.</summary>
    public TokenScope Scope => (TokenScope)ReadUInt32LittleEndian(_bytes.AsSpan(ScopeOffset));

    /// <summary>The channel it is for; counts for nothing with <see cref="TokenScope.Wildcard"/>. Zero is a channel like any other (spec 03, T11).</summary>
    public ChannelHash Channel => new(ReadUInt64LittleEndian(_bytes.AsSpan(ChannelOffset)));

    /// <summary>The issuer's generation; see <see cref="RevocationRegistry.RevokeBelow"/>.</summary>
    public uint IssuerGeneration => ReadUInt32LittleEndian(_bytes.AsSpan(GenerationOffset));

    /// <summary>The first second of its life, in seconds since 1970.</summary>
    public ulong NotBefore => ReadUInt64LittleEndian(_bytes.AsSpan(NotBeforeOffset));

    /// <summary>The first second after its life, in seconds since 1970.</summary>
    public ulong NotAfter => ReadUInt64LittleEndian(_bytes.AsSpan(NotAfterOffset));

    /// <summary>How often it may be handed on.</summary>
    public byte DelegationDepth => _bytes[DepthOffset];

    /// <summary>The number that tells tokens of one issuer apart.</summary>
    public ulong Nonce => ReadUInt64LittleEndian(_bytes.AsSpan(NonceOffset));

    /// <summary>The 169 bytes.</summary>
    public ReadOnlySpan<byte> AsSpan() => _bytes;

    /// <summary>A copy of the 169 bytes.</summary>
    public byte[] ToBytes() => [.. _bytes];

    /// <summary>Reads 169 bytes.</summary>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidFormat"/>: any other length.</exception>
    public static PermissionToken Parse(ReadOnlySpan<byte> bytes) => TryParse(bytes, out PermissionToken? token)
        ? token
        : throw new TokenException(TokenError.InvalidFormat, $"A token has {WireSize} bytes; {bytes.Length} were given.");

    /// <summary>Reads exactly 169 bytes; false for any other length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PermissionToken? token)
    {
        token = bytes.Length == WireSize ? new(bytes.ToArray()) : null;
        return token is not null;
    }

    /// <summary>Whether the issuer signed it.</summary>
    public bool Verify() => EntityKeys.Verify(Issuer, _bytes.AsSpan(0, SignedSize), _bytes.AsSpan(SignedSize));

    /// <summary>Whether its life is over; the signature is not looked at.</summary>
    public bool IsExpired(DateTimeOffset now) => UnixSeconds.Of(now) >= NotAfter;

    /// <summary>Whether it counts now: first the signature, then the time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="skew">How far the issuer's clock may be off; more than 300 s count as 300 s, less than nothing as nothing.</param>
    public TokenError Validate(DateTimeOffset now, TimeSpan skew = default) =>
        Verify() ? ValidateTime(UnixSeconds.Of(now), SkewSeconds(skew)) : TokenError.InvalidSignature;

    /// <summary>Whether it grants an action on a channel. An action of <see cref="TokenScope.None"/> is never granted.</summary>
    public bool Authorizes(TokenScope action, ChannelHash channel) =>
        action != TokenScope.None && Has(action) && (Has(TokenScope.Wildcard) || Channel == channel);

    /// <summary>Hands the grant on, narrowed down to a part of it (spec 03 §2.5).</summary>
    /// <param name="signer">The subject of this token.</param>
    /// <param name="subject">Who may use the new one.</param>
    /// <param name="scope">The most that the new one grants; it never grants more than this one.</param>
    /// <param name="now">The time, at which the new one begins; it ends with this one.</param>
    /// <param name="child">The new token, when true is returned.</param>
    /// <param name="error">Why not, when false is returned.</param>
    public bool TryDelegate(
        Identity signer,
        EntityId subject,
        TokenScope scope,
        DateTimeOffset now,
        [NotNullWhen(true)] out PermissionToken? child,
        out TokenError error)
    {
        ArgumentNullException.ThrowIfNull(signer);
        child = null;
        error = Validate(now);
        if (error != TokenError.None)
            return false;
        error = DelegationDepth == 0 ? TokenError.DelegationExhausted
            : !Has(TokenScope.Delegate) ? TokenError.DelegationNotAllowed
            : signer.EntityId != Subject ? TokenError.NotAuthorized
            : TokenError.None;
        if (error != TokenError.None)
            return false;
        // The end is copied: a second reading of the clock could make the child outlive its parent (spec 03, T14).
        error = TrySign(signer, new(subject, Scope & scope, Channel, IssuerGeneration, UnixSeconds.Of(now), NotAfter, (byte)(DelegationDepth - 1), DrawNonce()), out child);
        return error == TokenError.None;
    }

    /// <inheritdoc/>
    public bool Equals(PermissionToken? other) => other is not null && AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PermissionToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Issuer, Nonce, NotAfter);

    /// <summary>Who grants what to whom; the signature is left out.</summary>
    public override string ToString() => $"{Issuer} → {Subject}: {Scope} on {Channel}, {NotBefore} to {NotAfter}";

    internal static TokenError TryIssue(
        Identity issuer, in EntityId subject, TokenScope scope, ChannelHash channel, TimeSpan ttl, byte delegationDepth, ulong now, out PermissionToken? token)
    {
        token = null;
        ulong seconds = ttl < MinTtl ? 0 : (ulong)(ttl.Ticks / TimeSpan.TicksPerSecond);
        if (seconds == 0)
            return TokenError.ZeroTtl;
        if (ttl > MaxTtl)
            return TokenError.TtlTooLong;
        return TrySign(issuer, new(subject, scope, channel, 0, now, UnixSeconds.Add(now, seconds), delegationDepth, DrawNonce()), out token);
    }

    internal static TokenError TrySign(Identity issuer, in TokenFields fields, out PermissionToken? token)
    {
        byte[] bytes = new byte[WireSize];
        issuer.EntityId.AsSpan().CopyTo(bytes);
        fields.Subject.AsSpan().CopyTo(bytes.AsSpan(SubjectOffset));
        WriteUInt32LittleEndian(bytes.AsSpan(ScopeOffset), (uint)fields.Scope);
        WriteUInt64LittleEndian(bytes.AsSpan(ChannelOffset), fields.Channel.Value);
        WriteUInt32LittleEndian(bytes.AsSpan(GenerationOffset), fields.Generation);
        WriteUInt64LittleEndian(bytes.AsSpan(NotBeforeOffset), fields.NotBefore);
        WriteUInt64LittleEndian(bytes.AsSpan(NotAfterOffset), fields.NotAfter);
        bytes[DepthOffset] = fields.DelegationDepth;
        WriteUInt64LittleEndian(bytes.AsSpan(NonceOffset), fields.Nonce);
        bool isSigned = issuer.TrySign(bytes.AsSpan(0, SignedSize), bytes.AsSpan(SignedSize), out _);
        token = isSigned ? new(bytes) : null;
        return isSigned ? TokenError.None : TokenError.ReadOnly;
    }

    internal static ulong SkewSeconds(TimeSpan skew) => (ulong)Math.Clamp(skew.Ticks / TimeSpan.TicksPerSecond, 0, MaxClockSkew.Ticks / TimeSpan.TicksPerSecond);

    internal bool Has(TokenScope scope) => (Scope & scope) == scope;

    internal TokenError ValidateTime(ulong now, ulong skew) =>
        now < UnixSeconds.Subtract(NotBefore, skew) ? TokenError.NotYetValid
        : now >= UnixSeconds.Add(NotAfter, skew) ? TokenError.Expired
        : TokenError.None;

    private static ulong DrawNonce()
    {
        Span<byte> nonce = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(nonce);
        return ReadUInt64LittleEndian(nonce);
    }

    /// <summary>What an issuer fills in.</summary>
    internal readonly record struct TokenFields(
        EntityId Subject, TokenScope Scope, ChannelHash Channel, uint Generation, ulong NotBefore, ulong NotAfter, byte DelegationDepth, ulong Nonce);
}
