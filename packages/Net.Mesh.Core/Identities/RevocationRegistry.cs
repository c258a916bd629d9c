using System.Collections.Concurrent;

namespace Net.Mesh.Identities;

/// <summary>
/// What this node no longer believes: whole generations of an issuer's tokens, and single tokens (spec 03 §2.8). It is known here
/// only; no message tells other nodes. Any thread may call any member; looking up takes no lock.
/// </summary>
public sealed class RevocationRegistry
{
    /// <summary>The most single tokens that are remembered as taken back: 65,536. Those that expired by themselves make room.</summary>
    public const int MaxTokens = 65_536;

    /// <summary>The most issuers that have a floor: 65,536.</summary>
    public const int MaxIssuers = 65_536;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<EntityId, uint> _floors = [];
    private readonly ConcurrentDictionary<TokenKey, ulong> _tokens = [];
    private int _tokenCount;
    private int _floorCount;

    /// <summary>How many single tokens are remembered as taken back.</summary>
    public int RevokedTokens => Volatile.Read(ref _tokenCount);

    /// <summary>
    /// Stops believing the tokens of an issuer below a generation. The root of a chain is in every chain, so a floor for the root
    /// stops all that was handed on from it. A floor never sinks: a lower one is ignored.
    /// </summary>
    /// <exception cref="MeshException">Kind <c>revocations-full</c>: too many issuers have a floor.</exception>
    public void RevokeBelow(in EntityId issuer, uint generation)
    {
        lock (_gate)
        {
            bool isKnown = _floors.TryGetValue(issuer, out uint floor);
            if (generation <= floor)
                return;
            if (!isKnown && ++_floorCount > MaxIssuers)
            {
                _floorCount--;
                throw new MeshException("revocations-full", $"{MaxIssuers} issuers have a floor; there is no room for {issuer}.");
            }
            _floors[issuer] = generation;
        }
    }

    /// <summary>The lowest generation of an issuer that is believed; 0 unless raised.</summary>
    public uint FloorOf(in EntityId issuer) => _floors.TryGetValue(issuer, out uint floor) ? floor : 0;

    /// <summary>Stops believing one token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="now">The time: tokens that are over make room for it.</param>
    /// <exception cref="MeshException">Kind <c>revocations-full</c>: <see cref="MaxTokens"/> unexpired ones are remembered. Raise the issuer's floor instead.</exception>
    public void Revoke(PermissionToken token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(token);
        lock (_gate)
        {
            var key = new TokenKey(token.Issuer, token.Nonce);
            if (!_tokens.ContainsKey(key) && _tokenCount >= MaxTokens)
                DropExpired(UnixSeconds.Of(now));
            if (_tokens.TryGetValue(key, out ulong until))
            {
                _tokens[key] = Math.Max(until, token.NotAfter);
                return;
            }
            if (_tokenCount >= MaxTokens)
                throw new MeshException("revocations-full", $"{MaxTokens} tokens are taken back and not expired yet. Raise the floor of {token.Issuer} with RevokeBelow instead.");
            _tokens[key] = token.NotAfter;
            Volatile.Write(ref _tokenCount, _tokenCount + 1);
        }
    }

    /// <summary>Whether a token is no longer believed.</summary>
    public bool IsRevoked(PermissionToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.IssuerGeneration < FloorOf(token.Issuer)
            || (RevokedTokens > 0 && _tokens.ContainsKey(new(token.Issuer, token.Nonce)));
    }

    // A skewed clock may hold an expired token for valid a little longer, so it is remembered a little longer too.
    private void DropExpired(ulong now)
    {
        ulong skew = PermissionToken.SkewSeconds(PermissionToken.MaxClockSkew);
        foreach ((TokenKey key, ulong notAfter) in _tokens)
        {
            if (now >= UnixSeconds.Add(notAfter, skew) && _tokens.TryRemove(key, out _))
                Volatile.Write(ref _tokenCount, _tokenCount - 1);
        }
    }

    /// <summary>An issuer draws the nonce of each of its tokens; nobody else can sign under its name.</summary>
    private readonly record struct TokenKey(EntityId Issuer, ulong Nonce);
}
