namespace Net.Mesh.Channels.Tests;

public sealed class ChannelDeskTests : IDisposable
{
    private static readonly ChannelName Open = "open";
    private static readonly ChannelName Gated = "sensors/temp";

    private readonly World _world = new(new() { MaxChannelsPerPeer = 3, AuthFailures = new() { MaxFailures = 3 } });

    public ChannelDeskTests()
    {
        Desk.Configs.Insert(new(Open));
        Desk.Configs.Insert(new ChannelConfig(Gated) { RequireToken = true }.RootedIn(_world.Publisher.EntityId));
        _world.Pin(_world.Subscriber);
    }

    private ChannelDesk Desk => _world.Desk;

    private NodeId Peer => _world.Subscriber.NodeId;

    [Fact]
    public void An_open_channel_takes_anyone_and_an_unknown_one_nobody()
    {
        Assert.Null(Desk.Subscribe(_world.Other.NodeId, Open));
        Assert.Equal(AckReason.UnknownChannel, Desk.Subscribe(Peer, "nowhere"));
        Assert.Equal([_world.Other.NodeId], _world.Recipients(Open));
        Assert.False(Desk.Unsubscribe(Peer, Open)); // a stranger
        Assert.True(Desk.Unsubscribe(_world.Other.NodeId, Open));
        Assert.Empty(_world.Recipients(Open));
        Assert.Equal(0, Desk.Guard.Count);
    }

    [Fact]
    [Trait("spec", "03 I4")]
    public void Bytes_that_are_no_credential_do_not_matter_on_an_open_channel()
    {
        Assert.Null(Desk.Subscribe(Peer, Open, new byte[169]));
        Assert.Null(Desk.Subscribe(Peer, Open, new byte[3]));
        Assert.Equal(0, Desk.Chains.Count);
    }

    [Fact]
    public void A_refusal_is_explained_to_the_operator_by_the_first_thing_that_was_wrong()
    {
        Desk.Configs.Insert(new("near") { Visibility = Visibility.SubnetLocal });
        Desk.Configs.Insert(new("able") { SubscribeCaps = new CapabilityFilter().RequireGpu() });
        _world.Place(_world.Subscriber, SubnetId.Of(3, 7));
        byte[] expired = _world.Token(_world.Subscriber, Gated, seconds: 1);
        byte[] forged = _world.Token(_world.Subscriber, Gated);
        forged[^1] ^= 1;
        PermissionToken revoked = _world.Publisher.IssueToken(_world.Subscriber.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        PermissionToken selfIssued = _world.Subscriber.IssueToken(_world.Subscriber.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        _world.Publisher.Revoke(revoked);
        _world.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("subnet-local, and it is in subnet 3.7", Desk.Explain(Peer, "near", default));
        Assert.Equal("it lacks the capabilities that the channel asks for", Desk.Explain(Peer, "able", default));
        Assert.Equal("no token", Desk.Explain(Peer, Gated, default));
        Assert.Equal("its identity is not proven", Desk.Explain(_world.Other.NodeId, Gated, new byte[1]));
        Assert.Equal("its token is malformed", Desk.Explain(Peer, Gated, new byte[1]));
        Assert.Equal("its token is of no root of the channel", Desk.Explain(Peer, Gated, TokenChain.Of(selfIssued).ToBytes()));
        Assert.Equal("its token is somebody else's", Desk.Explain(Peer, Gated, _world.Token(_world.Other, Gated)));
        Assert.Equal("its token is not for subscribing to this channel", Desk.Explain(Peer, Gated, _world.Token(_world.Subscriber, "other")));
        Assert.Equal("its token is not for subscribing to this channel", Desk.Explain(Peer, Gated, _world.Token(_world.Subscriber, Gated, TokenScope.Publish)));
        Assert.Equal("its token: expired", Desk.Explain(Peer, Gated, expired));
        Assert.Equal("its token: invalid_signature", Desk.Explain(Peer, Gated, forged));
        Assert.Equal("its token: revoked", Desk.Explain(Peer, Gated, TokenChain.Of(revoked).ToBytes()));
        Assert.Null(Desk.Explain(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        Assert.Null(Desk.Explain(Peer, "nowhere", default));
    }

    [Fact]
    [Trait("spec", "03 I5")]
    public void Only_a_credential_that_counts_opens_a_gated_channel()
    {
        byte[] good = _world.Token(_world.Subscriber, Gated);
        PermissionToken selfIssued = _world.Subscriber.IssueToken(_world.Subscriber.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        byte[] expired = _world.Token(_world.Subscriber, Gated, seconds: 1);
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        byte[][] bad =
        [
            [], good[..^1], good[1..], [.. good, 0], expired,
            TokenChain.Of(selfIssued).ToBytes(),
            _world.Token(_world.Other, Gated),
            _world.Token(_world.Subscriber, Gated, TokenScope.Publish),
            _world.Token(_world.Subscriber, "other"),
        ];
        foreach (byte[] credential in bad)
        {
            using var fresh = new PeerReset(Desk, Peer);
            Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, credential));
        }
        Assert.Equal((0, 0, 0), (Desk.Chains.Count, Desk.Guard.Count, Desk.Roster.ChannelCount)); // nothing is kept of what was refused
        Assert.Null(Desk.Subscribe(Peer, Gated, good));
        Assert.Equal((1, 1), (Desk.Chains.Count, Desk.Guard.Count));
    }

    [Fact]
    [Trait("spec", "03 I5")]
    public void A_credential_that_was_taken_back_is_refused_and_the_next_publish_leaves_its_holder_out()
    {
        PermissionToken token = _world.Publisher.IssueToken(_world.Subscriber.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        Assert.Null(Desk.Subscribe(Peer, Gated, TokenChain.Of(token).ToBytes()));
        Assert.Equal([Peer], _world.Recipients(Gated));
        _world.Publisher.Revoke(token);
        Assert.Empty(_world.Recipients(Gated));
        Assert.False(Desk.Guard.IsAuthorized(Peer, Gated));
        Assert.True(Desk.Roster.Contains(Gated, Peer)); // until the sweep
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, TokenChain.Of(token).ToBytes()));
        Assert.Equal(1, Desk.Sweep());
        Assert.False(Desk.Roster.Contains(Gated, Peer));
        Assert.Equal(0, Desk.Chains.Count);
    }

    [Fact]
    [Trait("spec", "03 I7")]
    public void A_captured_credential_opens_nothing_for_another_peer()
    {
        _world.Pin(_world.Other);
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(_world.Other.NodeId, Gated, _world.Token(_world.Subscriber, Gated)));
    }

    [Fact]
    public void A_peer_whose_identity_is_not_proven_is_refused_whatever_it_holds() =>
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(_world.Other.NodeId, Gated, _world.Token(_world.Other, Gated)));

    [Fact]
    public void A_channel_that_requires_a_token_and_trusts_nobody_is_closed()
    {
        Desk.Configs.Insert(new(Gated) { RequireToken = true });
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        Desk.Configs.Insert(new(Gated) { TokenRoots = [_world.Publisher.EntityId] }); // roots alone gate it as well
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated));
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
    }

    [Fact]
    [Trait("spec", "03 T4")]
    public void A_gated_prefix_goes_by_the_channel_itself()
    {
        Desk.Configs.InsertPrefix("echo.replies.", new ChannelConfig("echo.replies") { RequireToken = true }.RootedIn(_world.Publisher.EntityId));
        ChannelName channel = "echo.replies.7";
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, channel, _world.Token(_world.Subscriber, "echo.replies")));
        Assert.Null(Desk.Subscribe(Peer, channel, _world.Token(_world.Subscriber, channel)));
        Assert.True(Desk.Chains.TryGet(Peer, channel, out _));
        Assert.Equal([Peer], _world.Recipients(channel));
        Assert.Equal(0, Desk.Sweep());
        Assert.Equal([Peer], _world.Recipients(channel));
    }

    [Fact]
    [Trait("spec", "03 T5")]
    public void Nothing_of_a_peer_outlives_it()
    {
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        Assert.Null(Desk.Subscribe(Peer, Open, queueGroup: "workers"));
        for (int i = 0; i < 3; i++)
            Assert.Equal(AckReason.UnknownChannel, Desk.Subscribe(Peer, "nowhere"));
        Assert.Equal(AckReason.RateLimited, Desk.Subscribe(Peer, Open));
        Desk.ForgetPeer(Peer);
        Assert.Equal((0, 0, 0, 0), (Desk.Chains.Count, Desk.Guard.Count, Desk.Roster.ChannelCount, Desk.Roster.ChannelsOf(Peer)));
        Assert.Null(Desk.Subscribe(Peer, Open)); // its refusals went too
    }

    [Fact]
    [Trait("spec", "03 T6")]
    public void A_credential_is_kept_only_where_it_was_asked_for()
    {
        Desk.Configs.Insert(new("caps") { SubscribeCaps = CapabilityFilter.Any });
        Assert.Null(Desk.Subscribe(Peer, "caps", _world.Token(_world.Subscriber, "caps")));
        Assert.Equal(0, Desk.Chains.Count);
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        Assert.Equal(1, Desk.Chains.Count);
    }

    [Fact]
    [Trait("spec", "03 I6")]
    public void Subscribing_again_changes_nothing()
    {
        byte[] token = _world.Token(_world.Subscriber, Gated);
        for (int i = 0; i < 5; i++)
            Assert.Null(Desk.Subscribe(Peer, Gated, token));
        Assert.Equal((1, 1, 1), (Desk.Chains.Count, Desk.Guard.Count, Desk.Roster.ChannelsOf(Peer)));
        Assert.Equal([Peer], _world.Recipients(Gated));
    }

    [Fact]
    [Trait("spec", "03 T7")]
    public void One_who_is_on_already_is_judged_again()
    {
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated));
        Assert.Equal([Peer], _world.Recipients(Gated)); // a refusal leaves what is there alone
        _world.Publisher.Revocations.RevokeBelow(_world.Publisher.EntityId, 1);
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
    }

    [Fact]
    [Trait("spec", "03 T15")]
    public void A_credential_that_is_presented_again_costs_no_second_signature_check_and_still_has_to_count()
    {
        PermissionToken token = _world.Publisher.IssueToken(_world.Subscriber.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        byte[] credential = TokenChain.Of(token).ToBytes();
        Assert.Null(Desk.Subscribe(Peer, Gated, credential));
        Assert.True(Desk.Chains.TryGet(Peer, Gated, out TokenChain? first));
        for (int i = 0; i < 100; i++)
            Assert.Null(Desk.Subscribe(Peer, Gated, credential));
        Assert.True(Desk.Chains.TryGet(Peer, Gated, out TokenChain? last));
        Assert.Same(first, last);
        Assert.Equal(1, last.SignatureChecks);

        byte[] other = _world.Token(_world.Subscriber, Gated);
        Assert.Null(Desk.Subscribe(Peer, Gated, other));
        Assert.True(Desk.Chains.TryGet(Peer, Gated, out last));
        Assert.NotSame(first, last);
        credential[^1] ^= 1;
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, credential));
        _world.Publisher.Revoke(token);
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated, TokenChain.Of(token).ToBytes()));
    }

    [Fact]
    [Trait("spec", "03 I9")]
    public void One_channel_too_many_is_refused_and_one_that_is_held_is_not()
    {
        Desk.Configs.InsertPrefix("c", new("c"));
        for (int i = 0; i < 3; i++)
            Assert.Null(Desk.Subscribe(Peer, $"c{i}"));
        for (int i = 0; i < 10; i++)
            Assert.Equal(AckReason.TooManyChannels, Desk.Subscribe(Peer, "c3")); // no failure of authority: it never has to wait
        Assert.Null(Desk.Subscribe(Peer, "c0", queueGroup: "workers"));
        Assert.Equal(3, Desk.Guard.Count);
        Desk.Unsubscribe(Peer, "c1");
        Assert.Null(Desk.Subscribe(Peer, "c3"));
    }

    [Fact]
    [Trait("spec", "03 I8")]
    public void After_three_refusals_a_peer_waits_before_anything_is_looked_at()
    {
        for (int i = 0; i < 3; i++)
            Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated));
        byte[] good = _world.Token(_world.Subscriber, Gated);
        int asked = _world.Asked;
        Assert.Equal(AckReason.RateLimited, Desk.Subscribe(Peer, Gated, good));
        Assert.Equal(asked, _world.Asked); // nobody looked who it is, let alone at a signature
        Assert.Equal(AckReason.RateLimited, Desk.Subscribe(Peer, Open));
        Assert.False(Desk.Unsubscribe(Peer, Open)); // never throttled
        _world.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(Desk.Subscribe(Peer, Gated, good));
        for (int i = 0; i < 2; i++)
            Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated));
        Assert.Null(Desk.Subscribe(Peer, Gated, good));
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(Peer, Gated)); // counted from the last success
        Assert.Null(Desk.Subscribe(Peer, Open));
    }

    [Fact]
    public void An_expired_credential_goes_with_the_next_sweep_and_is_left_out_before_it()
    {
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated, seconds: 10)));
        _world.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, Desk.Sweep());
        Assert.Equal([Peer], _world.Recipients(Gated));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_world.Recipients(Gated));
        Assert.Equal(1, Desk.Sweep());
        Assert.Equal((0, 0, 0), (Desk.Chains.Count, Desk.Guard.Count, Desk.Roster.ChannelCount));
    }

    [Fact]
    [Trait("spec", "03 T15")]
    public void A_publish_checks_no_signature_that_was_checked_before()
    {
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        for (int i = 0; i < 50; i++)
            Assert.Equal([Peer], _world.Recipients(Gated));
        Desk.Sweep();
        Assert.True(Desk.Chains.TryGet(Peer, Gated, out TokenChain? chain));
        Assert.Equal(1, chain.SignatureChecks);
    }

    [Fact]
    public void Finding_the_recipients_of_a_publish_allocates_nothing()
    {
        Assert.Null(Desk.Subscribe(Peer, Gated, _world.Token(_world.Subscriber, Gated)));
        var recipients = new List<NodeId>();
        for (int i = 0; i < 100; i++)
            Desk.Recipients(Gated, recipients);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Desk.Recipients(Gated, recipients);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal([Peer], recipients);
    }

    [Fact]
    public void A_peer_that_was_turned_away_is_left_out_though_it_is_still_on_the_roster()
    {
        Assert.Null(Desk.Subscribe(Peer, Open));
        Assert.Null(Desk.Subscribe(_world.Other.NodeId, Open));
        Desk.Guard.Revoke(Peer, Open);
        Assert.Equal([_world.Other.NodeId], _world.Recipients(Open));
        Assert.Null(Desk.Subscribe(Peer, Open));
        Assert.Equal(2, _world.Recipients(Open).Length);
    }

    [Fact]
    public void A_member_of_a_group_that_is_left_out_is_not_replaced()
    {
        Assert.Null(Desk.Subscribe(Peer, Open, queueGroup: "workers"));
        Assert.Null(Desk.Subscribe(_world.Other.NodeId, Open, queueGroup: "workers"));
        Desk.Guard.Revoke(Peer, Open);
        Assert.Equal(5, Enumerable.Range(0, 10).Sum(_ => _world.Recipients(Open).Length));
    }

    [Fact]
    public void Capabilities_let_in_or_keep_out()
    {
        Desk.Configs.Insert(new("caps") { SubscribeCaps = new CapabilityFilter().RequireGpu() });
        _world.Announce(_world.Subscriber, "hardware.gpu");
        _world.Announce(_world.Other, "gpu");
        Assert.Null(Desk.Subscribe(Peer, "caps"));
        Assert.Equal(AckReason.Unauthorized, Desk.Subscribe(_world.Other.NodeId, "caps"));
    }

    public void Dispose() => _world.Dispose();

    /// <summary>Forgets the refusals of a peer, so that the next one is not throttled.</summary>
    private sealed class PeerReset(ChannelDesk desk, NodeId peer) : IDisposable
    {
        public void Dispose() => desk.ForgetPeer(peer);
    }
}
