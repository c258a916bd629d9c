namespace Net.Mesh.Channels.Tests;

public sealed class TokenCacheTests : IDisposable
{
    private static readonly ChannelName Channel = "sensors/temp";

    private readonly FakeTimeProvider _time = new(World.Start);
    private readonly Identity _issuer;
    private readonly EntityId _subject;

    public TokenCacheTests()
    {
        _issuer = Identity.FromSeed(World.Seed(1), _time);
        using Identity subject = Identity.FromSeed(World.Seed(2));
        _subject = subject.EntityId;
    }

    [Fact]
    [Trait("spec", "03 T12")]
    public void A_token_for_something_else_is_never_taken_for_the_action()
    {
        var cache = new TokenCache(_time);
        PermissionToken subscribe = Issue(TokenScope.Subscribe);
        PermissionToken publish = Issue(TokenScope.Publish);
        cache.Insert(subscribe);
        Assert.False(cache.TryGetForAction(_subject, TokenScope.Publish, Channel.Hash, out _));
        cache.Insert(publish);
        Assert.Equal(2, cache.Count);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(cache.TryGetForAction(_subject, TokenScope.Publish, Channel.Hash, out PermissionToken? found));
            Assert.Equal(publish, found);
            Assert.True(cache.TryGetForAction(_subject, TokenScope.Subscribe, Channel.Hash, out found));
            Assert.Equal(subscribe, found);
        }
        Assert.False(cache.TryGetForAction(_subject, TokenScope.Publish, Channel.Hash, [_subject], out _));
        Assert.True(cache.TryGetForAction(_subject, TokenScope.Publish, Channel.Hash, [_issuer.EntityId], out _));
    }

    [Fact]
    public void The_same_scope_replaces_and_what_cannot_be_used_is_still_shown()
    {
        var cache = new TokenCache(_time);
        cache.Insert(Issue(TokenScope.Subscribe));
        PermissionToken newer = Issue(TokenScope.Subscribe);
        cache.Insert(newer);
        Assert.Equal(1, cache.Count);
        Assert.Equal(newer, cache.Get(_subject, Channel.Hash));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(newer, cache.Get(_subject, Channel.Hash));
        Assert.Equal(TokenError.NotAuthorized, cache.Check(_subject, TokenScope.Subscribe, Channel.Hash));
        Assert.Null(cache.Get(_subject, default));
        Assert.Equal(1, cache.EvictExpired());
        Assert.Null(cache.Get(_subject, Channel.Hash));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void An_unsigned_token_stays_out_and_an_expired_one_gets_in()
    {
        var cache = new TokenCache(_time);
        PermissionToken token = Issue(TokenScope.Subscribe);
        byte[] bytes = token.ToBytes();
        bytes[97] ^= 1;
        Assert.Equal(TokenError.InvalidSignature, Assert.Throws<TokenException>(() => cache.Insert(PermissionToken.Parse(bytes))).Error);
        _time.Advance(TimeSpan.FromHours(2));
        cache.Insert(token);
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public void What_is_taken_back_counts_no_more()
    {
        var cache = new TokenCache(_time);
        PermissionToken first = Issue(TokenScope.Subscribe);
        PermissionToken second = Issue(TokenScope.Subscribe | TokenScope.Publish);
        cache.Insert(first);
        cache.Insert(second);
        cache.Revocations.Revoke(first, _time.GetUtcNow());
        Assert.True(cache.TryGetForAction(_subject, TokenScope.Subscribe, Channel.Hash, out PermissionToken? found));
        Assert.Equal(second, found);
        cache.Revocations.RevokeBelow(_issuer.EntityId, 1);
        Assert.Equal(TokenError.NotAuthorized, cache.Check(_subject, TokenScope.Subscribe, Channel.Hash));
    }

    [Fact]
    [Trait("spec", "03 T13")]
    public void Many_threads_neither_exceed_the_caps_nor_wait_for_ever()
    {
        const int MaxSlots = 20;
        var cache = new TokenCache(_time, TimeSpan.Zero, MaxSlots);
        PermissionToken[] tokens = [.. Enumerable.Range(0, 200).Select(i => _issuer.IssueToken(_subject, TokenScope.Subscribe, $"c/{i}", TimeSpan.FromMinutes(1)))];
        Parallel.ForEach(tokens, new() { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, token =>
        {
            cache.Insert(token);
            Assert.InRange(cache.Count, 0, MaxSlots);
            cache.EvictExpired();
        });
        Assert.Equal(MaxSlots, cache.Count);
        Assert.Equal(tokens.Length - MaxSlots, cache.DroppedCount);
        Assert.Equal(MaxSlots, tokens.Count(token => cache.Check(_subject, TokenScope.Subscribe, token.Channel) == TokenError.None));
        PermissionToken kept = tokens.First(token => cache.Get(_subject, token.Channel) is not null);
        PermissionToken refreshed = _issuer.IssueToken(_subject, TokenScope.Subscribe, $"c/{Array.IndexOf(tokens, kept)}", TimeSpan.FromHours(1));
        cache.Insert(refreshed);
        Assert.Equal(refreshed, cache.Get(_subject, kept.Channel));
    }

    [Fact]
    public void A_pair_keeps_so_many_scopes_and_refreshes_them_at_the_cap()
    {
        var cache = new TokenCache(_time);
        for (uint scope = 1; scope <= TokenCache.MaxScopesPerSlot + 3; scope++)
            cache.Insert(Issue((TokenScope)(scope << 8)));
        Assert.Equal(TokenCache.MaxScopesPerSlot, cache.Count);
        Assert.Equal(3, cache.DroppedCount);
        cache.Insert(Issue((TokenScope)(1 << 8)));
        Assert.Equal((TokenCache.MaxScopesPerSlot, 3), (cache.Count, (int)cache.DroppedCount));
    }

    private PermissionToken Issue(TokenScope scope) => _issuer.IssueToken(_subject, scope, Channel, TimeSpan.FromHours(1));

    public void Dispose() => _issuer.Dispose();
}
