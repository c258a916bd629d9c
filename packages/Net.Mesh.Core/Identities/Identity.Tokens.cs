using Net.Mesh.Identities;

namespace Net.Mesh;

/// <content>What an identity grants, what it was granted, and what it took back.</content>
public sealed partial class Identity
{
    private TokenCache? _tokens;

    /// <summary>The grants that this identity holds, of its own or from others.</summary>
    public TokenCache Tokens => Volatile.Read(ref _tokens) ?? CreateTokens();

    /// <summary>What this identity took back, and whom it believes no longer. It is not told to other nodes.</summary>
    public RevocationRegistry Revocations => Tokens.Revocations;

    /// <summary>
    /// Grants something on a channel. A life below a second becomes one second, one above 365 days becomes 365 days; use
    /// <see cref="TryIssueToken"/> where that should be an error. The token goes to its subject by a way of your own.
    /// </summary>
    /// <param name="subject">Who may use it.</param>
    /// <param name="scope">What it grants.</param>
    /// <param name="channel">The channel; it counts for nothing with <see cref="TokenScope.Wildcard"/>.</param>
    /// <param name="ttl">How long it is valid from now on, in whole seconds.</param>
    /// <param name="delegationDepth">How often it may be handed on; takes <see cref="TokenScope.Delegate"/>.</param>
    /// <exception cref="TokenException"><see cref="TokenError.ReadOnly"/>: there is no secret to sign with.</exception>
    public PermissionToken IssueToken(EntityId subject, TokenScope scope, ChannelName channel, TimeSpan ttl, byte delegationDepth = 0)
    {
        TimeSpan clamped = ttl < PermissionToken.MinTtl ? PermissionToken.MinTtl : ttl > PermissionToken.MaxTtl ? PermissionToken.MaxTtl : ttl;
        return TryIssueToken(subject, scope, channel, clamped, out PermissionToken? token, out TokenError error, delegationDepth)
            ? token
            : throw new TokenException(error, $"No token can be issued by {EntityId}: the identity holds no secret.");
    }

    /// <summary>Grants something on a channel, or says why not; see <see cref="IssueToken"/>.</summary>
    /// <param name="subject">Who may use it.</param>
    /// <param name="scope">What it grants.</param>
    /// <param name="channel">The channel; it counts for nothing with <see cref="TokenScope.Wildcard"/>.</param>
    /// <param name="ttl">How long it is valid from now on: 1 second to 365 days.</param>
    /// <param name="token">The token, when true is returned.</param>
    /// <param name="error">Why not, when false is returned: the life is too short or too long, or there is no secret.</param>
    /// <param name="delegationDepth">How often it may be handed on; takes <see cref="TokenScope.Delegate"/>.</param>
    public bool TryIssueToken(
        EntityId subject,
        TokenScope scope,
        ChannelName channel,
        TimeSpan ttl,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PermissionToken? token,
        out TokenError error,
        byte delegationDepth = 0)
    {
        _ = channel.Text;
        error = PermissionToken.TryIssue(this, subject, scope, channel.Hash, ttl, delegationDepth, UnixSeconds.Of(_time.GetUtcNow()), out token);
        return error == TokenError.None;
    }

    /// <summary>Hands a grant of this identity on to somebody else, narrowed down to a part of it (spec 03 §2.5).</summary>
    /// <param name="parent">The grant; this identity has to be its subject.</param>
    /// <param name="subject">Who may use the new one.</param>
    /// <param name="scope">The most that it grants; never more than the parent does.</param>
    /// <exception cref="TokenException">The parent is not valid now or may not be handed on, or it is not this identity's.</exception>
    public PermissionToken DelegateToken(PermissionToken parent, EntityId subject, TokenScope scope)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return parent.TryDelegate(this, subject, scope, _time.GetUtcNow(), out PermissionToken? child, out TokenError error)
            ? child
            : throw new TokenException(error, $"The token of {parent.Subject} cannot be handed on by {EntityId}: {error.ToText()}.");
    }

    /// <summary>Keeps a grant, as <see cref="TokenCache.Insert"/>.</summary>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidSignature"/>: the issuer did not sign it.</exception>
    public void InstallToken(PermissionToken token) => Tokens.Insert(token);

    /// <summary>A grant that was installed, for looking at: a valid one if there is one, otherwise any.</summary>
    public PermissionToken? LookupToken(in EntityId subject, ChannelName channel) => Tokens.Get(subject, channel.Hash);

    /// <summary>
    /// Takes one token back, and with it all that were handed on from it. It counts on the nodes that use this identity, from the
    /// next publish on.
    /// </summary>
    /// <exception cref="MeshException">Kind <c>revocations-full</c>: too many unexpired tokens are taken back already.</exception>
    public void Revoke(PermissionToken token) => Revocations.Revoke(token, _time.GetUtcNow());

    // Most identities, those of daemons above all, never hold a grant.
    private TokenCache CreateTokens()
    {
        var created = new TokenCache(_time);
        return Interlocked.CompareExchange(ref _tokens, created, null) ?? created;
    }
}
