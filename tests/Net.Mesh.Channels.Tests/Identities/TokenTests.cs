namespace Net.Mesh.Channels.Tests;

public sealed class TokenTests : IDisposable
{
    private static readonly ChannelName Channel = "sensors/temp";

    private readonly FakeTimeProvider _time = new(World.Start);
    private readonly Identity _issuer;
    private readonly Identity _mid;
    private readonly Identity _leaf;

    public TokenTests()
    {
        _issuer = Identity.FromSeed(World.Seed(1), _time);
        _mid = Identity.FromSeed(World.Seed(2), _time);
        _leaf = Identity.FromSeed(World.Seed(3), _time);
    }

    [Fact]
    public void Issuing_clamps_the_life_and_trying_names_what_is_wrong_with_it()
    {
        Assert.Equal((1_700_000_000UL, 1_700_000_300UL), Life(TimeSpan.FromMinutes(5)));
        Assert.Equal(1_700_000_001UL, Life(TimeSpan.Zero).NotAfter);
        Assert.Equal(1_700_000_001UL, Life(TimeSpan.FromSeconds(-5)).NotAfter);
        Assert.Equal(1_700_000_001UL, Life(TimeSpan.FromMilliseconds(999)).NotAfter); // truncated to nothing, and clamped
        Assert.Equal(1_700_000_002UL, Life(TimeSpan.FromMilliseconds(2999)).NotAfter);
        Assert.Equal(1_731_536_000UL, Life(TimeSpan.FromDays(366)).NotAfter);
        Assert.Equal(TokenError.ZeroTtl, TryIssue(_issuer, TimeSpan.FromMilliseconds(999)));
        Assert.Equal(TokenError.TtlTooLong, TryIssue(_issuer, TimeSpan.FromDays(365) + TimeSpan.FromSeconds(1)));
        Assert.Equal(TokenError.None, TryIssue(_issuer, TimeSpan.FromDays(365)));
        using Identity readOnly = Identity.PublicOnly(_issuer.EntityId, _time);
        Assert.Equal(TokenError.ZeroTtl, TryIssue(readOnly, TimeSpan.Zero)); // before the secret is looked for
        Assert.Equal(TokenError.ReadOnly, TryIssue(readOnly, TimeSpan.FromMinutes(1)));
        Assert.Equal(0, _issuer.Tokens.Count);
    }

    [Fact]
    [Trait("spec", "03 T14")]
    public void The_end_is_no_longer_part_of_a_life_wherever_it_is_asked()
    {
        PermissionToken token = _issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, TimeSpan.FromSeconds(10));
        _leaf.InstallToken(token);
        _time.Advance(TimeSpan.FromSeconds(9));
        Check(TokenError.None, isExpired: false);
        _time.Advance(TimeSpan.FromSeconds(1));
        Check(TokenError.Expired, isExpired: true);
        Assert.Equal(1, _leaf.Tokens.EvictExpired());

        void Check(TokenError expected, bool isExpired)
        {
            DateTimeOffset now = _time.GetUtcNow();
            Assert.Equal(expected, token.Validate(now));
            Assert.Equal(isExpired, token.IsExpired(now));
            Assert.Equal(expected, TokenChain.Of(token).Verify(TokenScope.Subscribe, Channel.Hash, _leaf.EntityId, [_issuer.EntityId], null, now));
            Assert.Equal(!isExpired, _leaf.Tokens.TryGetForAction(_leaf.EntityId, TokenScope.Subscribe, Channel.Hash, out _));
            if (!isExpired)
                Assert.Equal(0, _leaf.Tokens.EvictExpired());
        }
    }

    [Fact]
    public void A_changed_token_is_still_just_expired_to_one_who_asks_for_the_time_only()
    {
        byte[] bytes = _issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, TimeSpan.FromSeconds(10)).ToBytes();
        bytes[100] ^= 1;
        PermissionToken token = PermissionToken.Parse(bytes);
        DateTimeOffset late = World.Start.AddSeconds(60);
        Assert.True(token.IsExpired(late));
        Assert.Equal(TokenError.InvalidSignature, token.Validate(late));
    }

    [Fact]
    public void A_skew_above_five_minutes_counts_as_five()
    {
        PermissionToken token = _issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, TimeSpan.FromSeconds(10));
        Assert.Equal(TokenError.None, token.Validate(World.Start.AddSeconds(309), TimeSpan.FromHours(1)));
        Assert.Equal(TokenError.Expired, token.Validate(World.Start.AddSeconds(310), TimeSpan.FromHours(1)));
        Assert.Equal(TokenError.NotYetValid, token.Validate(World.Start.AddSeconds(-301), TimeSpan.FromHours(1)));
        Assert.Equal(TokenError.Expired, token.Validate(World.Start.AddSeconds(10), TimeSpan.FromSeconds(-60)));
        Assert.Equal(TimeSpan.FromSeconds(300), new TokenCache(_time, TimeSpan.MaxValue).ClockSkew);
    }

    [Fact]
    [Trait("spec", "03 T11")]
    public void A_channel_whose_hash_is_zero_is_not_every_channel_and_nothing_is_never_granted()
    {
        Assert.Equal(TokenError.None, PermissionToken.TrySign(_issuer, new(_leaf.EntityId, TokenScope.Subscribe, default, 0, 1_700_000_000, 1_800_000_000, 0, 5), out PermissionToken? token));
        Assert.True(token!.Authorizes(TokenScope.Subscribe, default));
        Assert.False(token.Authorizes(TokenScope.Subscribe, Channel.Hash));
        Assert.False(token.Authorizes(TokenScope.None, default));
        _leaf.InstallToken(token);
        Assert.Equal(TokenError.NotAuthorized, _leaf.Tokens.Check(_leaf.EntityId, TokenScope.Subscribe, Channel.Hash));

        PermissionToken wildcard = _issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe | TokenScope.Wildcard, Channel, TimeSpan.FromMinutes(1));
        _leaf.InstallToken(wildcard);
        Assert.Equal(TokenError.None, _leaf.Tokens.Check(_leaf.EntityId, TokenScope.Subscribe, ChannelName.Create("any/other").Hash));
        Assert.Equal(TokenError.NotAuthorized, _leaf.Tokens.Check(_leaf.EntityId, TokenScope.Publish, Channel.Hash));
        Assert.Null(_leaf.LookupToken(_leaf.EntityId, Channel)); // exact slot only
    }

    [Fact]
    public void Handing_on_checks_the_parent_then_the_depth_then_the_right_then_the_signer()
    {
        PermissionToken deep = Issue(TokenScope.Subscribe | TokenScope.Delegate, depth: 2);
        Assert.Equal(TokenError.DelegationExhausted, TryDelegate(Issue(TokenScope.Subscribe, depth: 0), _leaf));
        Assert.Equal(TokenError.DelegationNotAllowed, TryDelegate(Issue(TokenScope.Subscribe, depth: 1), _leaf));
        Assert.Equal(TokenError.NotAuthorized, TryDelegate(deep, _leaf));
        using Identity readOnly = Identity.PublicOnly(_mid.EntityId, _time);
        Assert.Equal(TokenError.ReadOnly, TryDelegate(deep, readOnly));

        PermissionToken child = _mid.DelegateToken(deep, _leaf.EntityId, TokenScope.Subscribe | TokenScope.Publish);
        Assert.Equal((TokenScope.Subscribe, (byte)1, deep.Channel), (child.Scope, child.DelegationDepth, child.Channel));
        Assert.NotEqual(deep.Nonce, child.Nonce);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(TokenError.Expired, TryDelegate(deep, _mid));
        Assert.Equal(TokenError.Expired, Assert.Throws<TokenException>(() => _mid.DelegateToken(deep, _leaf.EntityId, TokenScope.Subscribe)).Error);
    }

    [Fact]
    [Trait("spec", "03 T14")]
    public void A_child_ends_with_its_parent_whenever_it_was_made()
    {
        PermissionToken parent = Issue(TokenScope.Subscribe | TokenScope.Delegate, depth: 1);
        _time.Advance(TimeSpan.FromSeconds(77));
        PermissionToken child = _mid.DelegateToken(parent, _leaf.EntityId, TokenScope.Subscribe);
        Assert.Equal((parent.NotBefore + 77, parent.NotAfter), (child.NotBefore, child.NotAfter));
        TokenChain chain = TokenChain.Of(parent).Append(child);
        Assert.Equal(TokenError.None, chain.Verify(TokenScope.Subscribe, Channel.Hash, _leaf.EntityId, [_issuer.EntityId], null, _time.GetUtcNow()));
    }

    [Fact]
    public void Dropping_the_wildcard_pins_a_child_to_the_channel_of_its_parent()
    {
        PermissionToken parent = Issue(TokenScope.Subscribe | TokenScope.Delegate | TokenScope.Wildcard, depth: 1);
        PermissionToken child = _mid.DelegateToken(parent, _leaf.EntityId, TokenScope.Subscribe);
        Assert.True(child.Authorizes(TokenScope.Subscribe, Channel.Hash));
        Assert.False(child.Authorizes(TokenScope.Subscribe, ChannelName.Create("other").Hash));
    }

    [Fact]
    [Trait("spec", "03 T15")]
    public void Signatures_are_checked_once_and_everything_else_every_time()
    {
        PermissionToken parent = Issue(TokenScope.Subscribe | TokenScope.Delegate, depth: 1);
        TokenChain chain = TokenChain.Of(parent).Append(_mid.DelegateToken(parent, _leaf.EntityId, TokenScope.Subscribe));
        var revocations = new RevocationRegistry();
        Assert.False(chain.HasVerifiedSignatures);
        for (int i = 0; i < 10; i++)
            Assert.Equal(TokenError.None, Verify(Channel.Hash, _issuer.EntityId));
        Assert.True(chain.HasVerifiedSignatures);
        Assert.Equal(2, chain.SignatureChecks);

        Assert.Equal(TokenError.NotAuthorized, Verify(Channel.Hash, _leaf.EntityId));
        Assert.Equal(TokenError.NotAuthorized, Verify(default, _issuer.EntityId));
        revocations.RevokeBelow(_issuer.EntityId, 1);
        Assert.Equal(TokenError.Revoked, Verify(Channel.Hash, _issuer.EntityId));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(TokenError.Expired, Verify(Channel.Hash, _issuer.EntityId));
        Assert.Equal(2, chain.SignatureChecks);

        TokenError Verify(ChannelHash channel, EntityId root) =>
            chain.Verify(TokenScope.Subscribe, channel, _leaf.EntityId, [root], revocations, _time.GetUtcNow());
    }

    [Fact]
    public void A_token_that_is_taken_back_takes_those_handed_on_from_it_along_and_no_other()
    {
        PermissionToken parent = Issue(TokenScope.Subscribe | TokenScope.Delegate, depth: 1);
        TokenChain chain = TokenChain.Of(parent).Append(_mid.DelegateToken(parent, _leaf.EntityId, TokenScope.Subscribe));
        TokenChain other = TokenChain.Of(_issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, TimeSpan.FromHours(1)));
        _issuer.Revoke(parent);
        Assert.Equal(TokenError.Revoked, Verify(chain));
        Assert.Equal(TokenError.None, Verify(other));
        Assert.True(_issuer.Revocations.IsRevoked(parent));

        TokenError Verify(TokenChain presented) => presented.Verify(
            TokenScope.Subscribe, Channel.Hash, _leaf.EntityId, [_issuer.EntityId], _issuer.Revocations, _time.GetUtcNow());
    }

    [Fact]
    public void Expired_tokens_make_room_among_those_taken_back()
    {
        var revocations = new RevocationRegistry();
        PermissionToken last = Issue(TokenScope.Subscribe, depth: 0);
        for (int i = 0; i < RevocationRegistry.MaxTokens; i++)
            revocations.Revoke(Unsigned(nonce: (ulong)i, notAfter: 1_700_000_010), World.Start);
        Assert.Equal("revocations-full", Assert.Throws<MeshException>(() => revocations.Revoke(last, World.Start)).Kind);
        Assert.False(revocations.IsRevoked(last));
        revocations.Revoke(last, World.Start.AddSeconds(10 + 300));
        Assert.True(revocations.IsRevoked(last));
        Assert.Equal(1, revocations.RevokedTokens);
    }

    [Fact]
    public void A_floor_only_rises_and_the_generation_on_it_passes()
    {
        var revocations = new RevocationRegistry();
        revocations.RevokeBelow(_issuer.EntityId, 3);
        revocations.RevokeBelow(_issuer.EntityId, 2);
        Assert.Equal(3u, revocations.FloorOf(_issuer.EntityId));
        Assert.Equal(0u, revocations.FloorOf(_mid.EntityId));
        Assert.False(revocations.IsRevoked(Unsigned(generation: 3)));
        Assert.True(revocations.IsRevoked(Unsigned(generation: 2)));
    }

    [Fact]
    public void A_floor_raised_from_many_threads_ends_at_the_highest()
    {
        var revocations = new RevocationRegistry();
        Parallel.For(0, 1000, i => revocations.RevokeBelow(_issuer.EntityId, (uint)(i * 7919 % 1000)));
        Assert.Equal(999u, revocations.FloorOf(_issuer.EntityId));
    }

    [Fact]
    public void Any_bytes_are_a_token_or_chain_or_refused_and_come_back_as_they_were() => Gen.Byte.Array[0, 700].Sample(bytes =>
    {
        bool isToken = PermissionToken.TryParse(bytes, out PermissionToken? token);
        bool isChain = TokenChain.TryParse(bytes, out TokenChain? chain);
        return isToken == (bytes.Length == 169)
            && (!isToken || (token!.ToBytes().SequenceEqual(bytes) && token.Validate(World.Start) == TokenError.InvalidSignature))
            && (!isChain || chain!.ToBytes().SequenceEqual(bytes));
    }, iter: 500);

    [Fact]
    public void Every_changed_bit_of_a_token_breaks_its_signature()
    {
        byte[] bytes = Issue(TokenScope.All, depth: 3).ToBytes();
        for (int bit = 0; bit < bytes.Length * 8; bit += 3)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PermissionToken.Parse(bytes).Verify());
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(PermissionToken.Parse(bytes).Verify());
    }

    [Fact]
    public void Chains_of_one_to_eight_tokens_are_all_there_are()
    {
        PermissionToken token = Issue(TokenScope.All, depth: 9);
        Assert.Throws<TokenException>(() => TokenChain.Create());
        TokenChain chain = TokenChain.Create([.. Enumerable.Repeat(token, 8)]);
        Assert.Throws<TokenException>(() => chain.Append(token));
        byte[] bytes = chain.ToBytes();
        Assert.True(TokenChain.TryParse(bytes, out _));
        for (int length = 0; length < bytes.Length; length += 13)
            Assert.False(TokenChain.TryParse(bytes.AsSpan(0, length), out _));
        Assert.False(TokenChain.TryParse([.. bytes, 0], out _));
    }

    [Fact]
    public void Every_error_has_the_word_of_the_other_bindings()
    {
        string[] words = [.. Enum.GetValues<TokenError>().Skip(1).Select(error => error.ToText())];
        Assert.Equal(
            ["invalid_signature", "not_yet_valid", "expired", "delegation_exhausted", "delegation_not_allowed", "not_authorized", "revoked", "invalid_format", "read_only", "zero_ttl", "ttl_too_long"],
            words);
        Assert.Equal("revoked", new TokenException(TokenError.Revoked, "x").Kind);
    }

    private PermissionToken Issue(TokenScope scope, byte depth) => _issuer.IssueToken(_mid.EntityId, scope, Channel, TimeSpan.FromHours(1), depth);

    private PermissionToken Unsigned(ulong nonce = 0, ulong notAfter = 1_800_000_000, uint generation = 0)
    {
        byte[] bytes = new byte[PermissionToken.WireSize];
        _issuer.EntityId.AsSpan().CopyTo(bytes);
        BitConverter.TryWriteBytes(bytes.AsSpan(76), generation);
        BitConverter.TryWriteBytes(bytes.AsSpan(88), notAfter);
        BitConverter.TryWriteBytes(bytes.AsSpan(97), nonce);
        return PermissionToken.Parse(bytes);
    }

    private (ulong NotBefore, ulong NotAfter) Life(TimeSpan ttl)
    {
        PermissionToken token = _issuer.IssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, ttl);
        return (token.NotBefore, token.NotAfter);
    }

    private TokenError TryIssue(Identity issuer, TimeSpan ttl)
    {
        issuer.TryIssueToken(_leaf.EntityId, TokenScope.Subscribe, Channel, ttl, out _, out TokenError error);
        return error;
    }

    private TokenError TryDelegate(PermissionToken parent, Identity signer)
    {
        parent.TryDelegate(signer, _leaf.EntityId, TokenScope.Subscribe, _time.GetUtcNow(), out _, out TokenError error);
        return error;
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _mid.Dispose();
        _leaf.Dispose();
    }
}
