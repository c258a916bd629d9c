namespace Net.Mesh.Channels.Tests;

public sealed class PeerPinTests : IDisposable
{
    private readonly PeerPins _pins = new();
    private readonly Identity _peer = Identity.FromSeed(World.Seed(1));
    private readonly Identity _other = Identity.FromSeed(World.Seed(2));

    [Fact]
    public void A_signed_announcement_that_came_without_a_relay_pins_its_sender()
    {
        Assert.Equal(ClaimVerdict.Pinned, _pins.Judge(_peer.NodeId, Claim(_peer)));
        Assert.Equal(_peer.EntityId, _pins.EntityOf(_peer.NodeId));
        Assert.Equal(_peer.NodeId, _pins.NodeOf(_peer.OriginHash));
        Assert.Equal(ClaimVerdict.Pinned, _pins.Judge(_peer.NodeId, Claim(_peer)));
        _pins.Forget(_peer.NodeId);
        Assert.Null(_pins.EntityOf(_peer.NodeId));
        Assert.Null(_pins.NodeOf(_peer.OriginHash));
    }

    [Fact]
    [Trait("spec", "03 T18")]
    public void A_relayed_announcement_says_nothing_about_who_the_relay_is()
    {
        Assert.Equal(ClaimVerdict.Accepted, _pins.Judge(_other.NodeId, Claim(_peer) with { HopCount = 1 }));
        Assert.Equal(ClaimVerdict.NotTheSender, _pins.Judge(_other.NodeId, Claim(_peer)));
        Assert.Empty(_pins.Peers);
    }

    [Fact]
    [Trait("spec", "03 T18"), Trait("spec", "03 I11")]
    public void An_unsigned_announcement_is_refused_and_never_pins()
    {
        IdentityClaim unsigned = Claim(_peer) with { IsSigned = false, IsSignatureValid = false };
        Assert.Equal(ClaimVerdict.NotSigned, _pins.Judge(_peer.NodeId, unsigned));
        Assert.Equal(ClaimVerdict.Accepted, _pins.Judge(_peer.NodeId, unsigned, requireSigned: false));
        Assert.Equal(ClaimVerdict.BadSignature, _pins.Judge(_peer.NodeId, Claim(_peer) with { IsSignatureValid = false }, requireSigned: false));
        Assert.Empty(_pins.Peers);
    }

    [Fact]
    [Trait("spec", "03 I10")]
    public void A_pinned_node_is_not_bound_to_another_entity()
    {
        Assert.True(_pins.TryPin(_peer.NodeId, _other.EntityId)); // as if two keys gave one node id
        Assert.Equal(ClaimVerdict.Rebinding, _pins.Judge(_peer.NodeId, Claim(_peer)));
        Assert.Equal(_other.EntityId, _pins.EntityOf(_peer.NodeId));
    }

    [Fact]
    public void A_node_id_that_is_not_the_entitys_is_refused() =>
        Assert.Equal(ClaimVerdict.WrongNodeId, _pins.Judge(_other.NodeId, Claim(_peer) with { NodeId = _other.NodeId }));

    [Fact]
    public void The_first_node_of_an_origin_keeps_it()
    {
        var copy = new NodeId(77);
        _pins.TryPin(_peer.NodeId, _peer.EntityId);
        _pins.TryPin(copy, _peer.EntityId);
        _pins.Forget(copy);
        Assert.Equal(_peer.NodeId, _pins.NodeOf(_peer.OriginHash));
    }

    private static IdentityClaim Claim(Identity identity) => new(identity.NodeId, identity.EntityId, 0, true, true);

    public void Dispose()
    {
        _peer.Dispose();
        _other.Dispose();
    }
}
