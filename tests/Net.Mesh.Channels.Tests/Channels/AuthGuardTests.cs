namespace Net.Mesh.Channels.Tests;

public sealed class AuthGuardTests
{
    private static readonly ChannelName Channel = "sensors/temp";

    private readonly AuthGuard _guard = new();

    [Fact]
    public void Until_it_is_let_on_and_after_it_is_turned_away_a_peer_is_denied()
    {
        var peer = new NodeId(1);
        Assert.Equal(GuardVerdict.Denied, _guard.Check(peer, Channel.Hash));
        _guard.Allow(peer, Channel);
        _guard.Allow(peer, Channel);
        Assert.Equal(GuardVerdict.Allowed, _guard.Check(peer, Channel.Hash));
        Assert.True(_guard.IsAuthorized(peer, Channel));
        Assert.False(_guard.IsAuthorized(peer, "other"));
        Assert.True(_guard.Revoke(peer, Channel));
        Assert.False(_guard.Revoke(peer, Channel));
        Assert.Equal(GuardVerdict.Denied, _guard.Check(peer, Channel.Hash));
        Assert.False(_guard.IsAuthorized(peer, Channel));
        Assert.Equal(0, _guard.Count);
    }

    [Fact]
    [Trait("spec", "03 T10")]
    public void Peers_whose_short_ids_are_alike_do_not_share_grants()
    {
        var peer = new NodeId(0x1111_2222_3333_4444);
        var alike = new NodeId(0x9999_0000_3333_4444);
        _guard.Allow(peer, Channel);
        Assert.Equal(GuardVerdict.Denied, _guard.Check(alike, Channel.Hash));
        Assert.False(_guard.IsAuthorized(alike, Channel));
    }

    [Fact]
    public void Names_of_one_hash_cost_a_look_at_the_name_and_never_grant_each_other()
    {
        var peer = new NodeId(1);
        var twin = new ChannelName("twin", Channel.Hash);
        _guard.Allow(peer, Channel);
        Assert.False(_guard.IsAuthorized(peer, twin));
        _guard.Allow(peer, twin);
        Assert.Equal(GuardVerdict.NeedsFullCheck, _guard.Check(peer, Channel.Hash));
        Assert.True(_guard.IsAuthorized(peer, twin));
        _guard.Revoke(peer, twin);
        Assert.Equal(GuardVerdict.Allowed, _guard.Check(peer, Channel.Hash));
        Assert.False(_guard.IsAuthorized(peer, twin));
        _guard.Allow(peer, twin);
        _guard.RevokePeer(peer);
        Assert.Equal((GuardVerdict.Denied, 0), (_guard.Check(peer, Channel.Hash), _guard.Count));
    }

    [Fact]
    public void Whoever_was_let_on_is_never_denied_while_others_come_and_go()
    {
        var peer = new NodeId(1);
        _guard.Allow(peer, Channel);
        Parallel.For(0, 4, worker =>
        {
            for (int i = 0; i < 500; i++)
            {
                var other = new NodeId((ulong)((worker * 1000) + i + 2));
                _guard.Allow(other, Channel);
                Assert.Equal(GuardVerdict.Allowed, _guard.Check(peer, Channel.Hash));
                Assert.True(_guard.IsAuthorized(other, Channel));
                _guard.RevokePeer(other);
                Assert.Equal(GuardVerdict.Denied, _guard.Check(other, Channel.Hash));
            }
        });
        Assert.Equal(1, _guard.Count);
    }

    [Fact]
    public void A_check_allocates_nothing()
    {
        var peer = new NodeId(1);
        _guard.Allow(peer, Channel);
        for (int i = 0; i < 100; i++)
            CheckAll();
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isKnown = true;
        for (int i = 0; i < 1000; i++)
            isKnown &= CheckAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(isKnown);

        bool CheckAll() => _guard.Check(peer, Channel.Hash) == GuardVerdict.Allowed & _guard.IsAuthorized(peer, Channel) & _guard.Check(new(2), Channel.Hash) == GuardVerdict.Denied;
    }
}
