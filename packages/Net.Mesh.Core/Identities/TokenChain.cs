using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Identities;

/// <summary>
/// A grant with all those that it was handed on from, the first of them at the front (spec 03 §2.6). Immutable and thread-safe;
/// it remembers that its signatures were checked, so that checking it again costs no arithmetic (spec 03, T15).
/// </summary>
public sealed class TokenChain
{
    /// <summary>The most tokens in a chain: 8.</summary>
    public const int MaxDepth = 8;

    private readonly PermissionToken[] _tokens;
    private volatile bool _isSigned;

    private TokenChain(PermissionToken[] tokens) => _tokens = tokens;

    /// <summary>The tokens, root first; 1 to 8.</summary>
    public IReadOnlyList<PermissionToken> Tokens => _tokens;

    /// <summary>Whether every signature was checked, and found to be right, in an earlier <see cref="Verify"/>.</summary>
    public bool HasVerifiedSignatures => _isSigned;

    /// <summary>How many signatures were ever checked; for tests.</summary>
    internal int SignatureChecks { get; private set; }

    /// <summary>The chain of a token that its root granted directly.</summary>
    public static TokenChain Of(PermissionToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return new([token]);
    }

    /// <summary>The chain of some tokens.</summary>
    /// <param name="tokens">1 to 8 tokens, root first.</param>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidFormat"/>: any other number.</exception>
    public static TokenChain Create(params IReadOnlyList<PermissionToken> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return tokens.Count is >= 1 and <= MaxDepth
            ? new([.. tokens])
            : throw new TokenException(TokenError.InvalidFormat, $"A chain has 1 to {MaxDepth} tokens; {tokens.Count} were given.");
    }

    /// <summary>This chain with one more token, which was handed on from its last one.</summary>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidFormat"/>: there are 8 already.</exception>
    public TokenChain Append(PermissionToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return Create([.. _tokens, token]);
    }

    /// <summary>Reads a chain.</summary>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidFormat"/>: it is none.</exception>
    public static TokenChain Parse(ReadOnlySpan<byte> bytes) => TryParse(bytes, out TokenChain? chain)
        ? chain
        : throw new TokenException(TokenError.InvalidFormat, $"A chain is a count of 1 to {MaxDepth} and that many tokens of {PermissionToken.WireSize} bytes; {bytes.Length} bytes were given.");

    /// <summary>Reads a count and exactly that many tokens; false for anything else. Nothing is verified.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TokenChain? chain)
    {
        chain = null;
        if (bytes.IsEmpty || bytes[0] is 0 or > MaxDepth || bytes.Length != 1 + (bytes[0] * PermissionToken.WireSize))
            return false;
        var tokens = new PermissionToken[bytes[0]];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = PermissionToken.Parse(bytes.Slice(1 + (i * PermissionToken.WireSize), PermissionToken.WireSize));
        chain = new(tokens);
        return true;
    }

    /// <summary>The count and the tokens.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[1 + (_tokens.Length * PermissionToken.WireSize)];
        bytes[0] = (byte)_tokens.Length;
        for (int i = 0; i < _tokens.Length; i++)
            _tokens[i].AsSpan().CopyTo(bytes.AsSpan(1 + (i * PermissionToken.WireSize)));
        return bytes;
    }

    /// <summary>Whether these bytes are this chain.</summary>
    internal bool Is(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 1 + (_tokens.Length * PermissionToken.WireSize) || bytes[0] != _tokens.Length)
            return false;
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (!bytes.Slice(1 + (i * PermissionToken.WireSize), PermissionToken.WireSize).SequenceEqual(_tokens[i].AsSpan()))
                return false;
        }
        return true;
    }

    /// <summary>Whether the chain lets its presenter do something on a channel, and if not, the first reason (spec 03 §2.7).</summary>
    /// <param name="action">What the presenter wants to do.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="presenter">Who presents the chain; it has to be the last token's subject.</param>
    /// <param name="roots">Whose word counts for this channel.</param>
    /// <param name="revocations">What was taken back; null for nothing.</param>
    /// <param name="now">The time.</param>
    /// <param name="skew">How far clocks may be apart; more than 300 s count as 300 s.</param>
    public TokenError Verify(
        TokenScope action,
        ChannelHash channel,
        in EntityId presenter,
        IReadOnlyCollection<EntityId> roots,
        RevocationRegistry? revocations,
        DateTimeOffset now,
        TimeSpan skew = default)
    {
        ArgumentNullException.ThrowIfNull(roots);
        if (!roots.Contains(_tokens[0].Issuer) || _tokens[^1].Subject != presenter)
            return TokenError.NotAuthorized;
        bool wasSigned = _isSigned;
        ulong seconds = UnixSeconds.Of(now);
        ulong skewSeconds = PermissionToken.SkewSeconds(skew);
        foreach (PermissionToken token in _tokens)
        {
            TokenError error = Check(token, action, channel, revocations, seconds, skewSeconds, wasSigned);
            if (error != TokenError.None)
                return error;
        }
        _isSigned = true;
        for (int i = 1; i < _tokens.Length; i++)
        {
            TokenError error = CheckPair(_tokens[i - 1], _tokens[i]);
            if (error != TokenError.None)
                return error;
        }
        return TokenError.None;
    }

    private TokenError Check(PermissionToken token, TokenScope action, ChannelHash channel, RevocationRegistry? revocations, ulong now, ulong skew, bool isSigned)
    {
        if (!isSigned)
        {
            SignatureChecks++;
            if (!token.Verify())
                return TokenError.InvalidSignature;
        }
        TokenError error = token.ValidateTime(now, skew);
        if (error != TokenError.None)
            return error;
        if (revocations is not null && revocations.IsRevoked(token))
            return TokenError.Revoked;
        return token.Authorizes(action, channel) ? TokenError.None : TokenError.NotAuthorized;
    }

    // Authority only ever narrows from one link to the next.
    private static TokenError CheckPair(PermissionToken parent, PermissionToken child)
    {
        if (child.Issuer != parent.Subject)
            return TokenError.NotAuthorized;
        if (!parent.Has(TokenScope.Delegate))
            return TokenError.DelegationNotAllowed;
        bool isNarrower = child.DelegationDepth < parent.DelegationDepth
            && child.NotBefore >= parent.NotBefore
            && child.NotAfter <= parent.NotAfter;
        return isNarrower ? TokenError.None : TokenError.NotAuthorized;
    }
}
