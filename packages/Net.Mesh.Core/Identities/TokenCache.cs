using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Identities;

/// <summary>
/// Grants by subject and channel (spec 03 §2.9). Signatures are checked once, on the way in. Any thread may call any member;
/// looking up takes no lock.
/// </summary>
public sealed class TokenCache
{
    /// <summary>The most pairs of subject and channel: 65,536.</summary>
    public const int MaxSlots = 65_536;

    /// <summary>The most tokens of different scope for one pair: 32.</summary>
    public const int MaxScopesPerSlot = 32;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<SlotKey, PermissionToken[]> _slots = [];
    private readonly int _maxSlots;
    private int _slotCount;
    private int _count;
    private long _dropped;

    /// <summary>An empty cache.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="clockSkew">How far an issuer's clock may be off; default nothing, 60 s are recommended, more than 300 s count as 300 s.</param>
    public TokenCache(TimeProvider time, TimeSpan clockSkew = default)
        : this(time, clockSkew, MaxSlots)
    {
    }

    internal TokenCache(TimeProvider time, TimeSpan clockSkew, int maxSlots)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _maxSlots = maxSlots;
        ClockSkew = TimeSpan.FromSeconds(PermissionToken.SkewSeconds(clockSkew));
    }

    /// <summary>How far an issuer's clock may be off; at most 300 s.</summary>
    public TimeSpan ClockSkew { get; }

    /// <summary>What is no longer believed, whatever the cache holds.</summary>
    public RevocationRegistry Revocations { get; } = new();

    /// <summary>How many tokens there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many tokens found no room.</summary>
    public long DroppedCount => Volatile.Read(ref _dropped);

    /// <summary>
    /// Keeps a token. It takes the place of one with the same scope; where there is no room for a new one it is dropped and
    /// counted. The time is not looked at.
    /// </summary>
    /// <exception cref="TokenException"><see cref="TokenError.InvalidSignature"/>: the issuer did not sign it.</exception>
    public void Insert(PermissionToken token)
    {
        if (!TryInsert(token, out TokenError error))
            throw new TokenException(error, $"The token for {token.Subject} is not signed by its issuer {token.Issuer}.");
    }

    /// <summary>Keeps a token, as <see cref="Insert"/>; false when the issuer did not sign it.</summary>
    public bool TryInsert(PermissionToken token, out TokenError error)
    {
        ArgumentNullException.ThrowIfNull(token);
        error = token.Verify() ? TokenError.None : TokenError.InvalidSignature;
        if (error != TokenError.None)
            return false;
        lock (_gate)
        {
            if (!TryKeep(token))
                _dropped++;
        }
        return true;
    }

    /// <summary>Whether a subject may do something on a channel: nothing is wrong, or it is <see cref="TokenError.NotAuthorized"/>.</summary>
    public TokenError Check(in EntityId subject, TokenScope action, ChannelHash channel) =>
        TryGetForAction(subject, action, channel, out _) ? TokenError.None : TokenError.NotAuthorized;

    /// <summary>The token that lets a subject do something on a channel. A token that grants something else is never it (spec 03, T12).</summary>
    public bool TryGetForAction(in EntityId subject, TokenScope action, ChannelHash channel, [NotNullWhen(true)] out PermissionToken? token)
    {
        token = Find(subject, action, channel, roots: null);
        return token is not null;
    }

    /// <summary>As <see cref="TryGetForAction(in EntityId, TokenScope, ChannelHash, out PermissionToken)"/>, among the tokens of some issuers only.</summary>
    /// <param name="subject">Who wants to.</param>
    /// <param name="action">What it wants to do.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="roots">Whose tokens count.</param>
    /// <param name="token">The token, when true is returned.</param>
    public bool TryGetForAction(
        in EntityId subject, TokenScope action, ChannelHash channel, IReadOnlyCollection<EntityId> roots, [NotNullWhen(true)] out PermissionToken? token)
    {
        ArgumentNullException.ThrowIfNull(roots);
        token = Find(subject, action, channel, roots);
        return token is not null;
    }

    /// <summary>A token for looking at: the first that counts now, otherwise the first; null when there is none. Wildcards are not looked at.</summary>
    public PermissionToken? Get(in EntityId subject, ChannelHash channel)
    {
        if (!_slots.TryGetValue(new(subject, channel), out PermissionToken[]? tokens))
            return null;
        ulong now = UnixSeconds.Of(_time.GetUtcNow());
        return Array.Find(tokens, token => IsGood(token, now)) ?? tokens[0];
    }

    /// <summary>Drops the tokens whose life is over.</summary>
    /// <returns>How many.</returns>
    public int EvictExpired()
    {
        ulong now = UnixSeconds.Of(_time.GetUtcNow());
        int evicted = 0;
        lock (_gate)
        {
            foreach ((SlotKey key, PermissionToken[] tokens) in _slots)
            {
                PermissionToken[] kept = Array.FindAll(tokens, token => token.NotAfter > now);
                if (kept.Length == tokens.Length)
                    continue;
                evicted += tokens.Length - kept.Length;
                if (kept.Length > 0)
                    _slots[key] = kept;
                else if (_slots.TryRemove(key, out _))
                    _slotCount--;
            }
            Volatile.Write(ref _count, _count - evicted);
        }
        return evicted;
    }

    // The counts are kept beside the map, under the one lock of the writers: asking the map for its size would take all of its own
    // locks, and looking before inserting would let two writers both find the last room (spec 03, T13).
    private bool TryKeep(PermissionToken token)
    {
        SlotKey key = token.Has(TokenScope.Wildcard) ? SlotKey.Wildcard(token.Subject) : new(token.Subject, token.Channel);
        if (!_slots.TryGetValue(key, out PermissionToken[]? tokens))
        {
            if (_slotCount >= _maxSlots)
                return false;
            _slotCount++;
            _slots[key] = [token];
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
        int same = Array.FindIndex(tokens, other => other.Scope == token.Scope);
        if (same < 0)
        {
            if (tokens.Length >= MaxScopesPerSlot)
                return false;
            _slots[key] = [.. tokens, token];
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
        PermissionToken[] replaced = [.. tokens];
        replaced[same] = token;
        _slots[key] = replaced;
        return true;
    }

    private PermissionToken? Find(in EntityId subject, TokenScope action, ChannelHash channel, IReadOnlyCollection<EntityId>? roots)
    {
        ulong now = UnixSeconds.Of(_time.GetUtcNow());
        return Find(new SlotKey(subject, channel), action, channel, roots, now) ?? Find(SlotKey.Wildcard(subject), action, channel, roots, now);
    }

    private PermissionToken? Find(in SlotKey key, TokenScope action, ChannelHash channel, IReadOnlyCollection<EntityId>? roots, ulong now)
    {
        if (!_slots.TryGetValue(key, out PermissionToken[]? tokens))
            return null;
        foreach (PermissionToken token in tokens)
        {
            if (token.Authorizes(action, channel) && IsGood(token, now) && (roots is null || roots.Contains(token.Issuer)))
                return token;
        }
        return null;
    }

    private bool IsGood(PermissionToken token, ulong now) =>
        token.ValidateTime(now, PermissionToken.SkewSeconds(ClockSkew)) == TokenError.None && !Revocations.IsRevoked(token);

    private readonly record struct SlotKey(EntityId Subject, ChannelHash Channel, bool IsWildcard = false)
    {
        // A mark of its own, so that a channel whose hash is zero is not every channel (spec 03, T11).
        public static SlotKey Wildcard(in EntityId subject) => new(subject, default, IsWildcard: true);
    }
}
