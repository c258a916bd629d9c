namespace Net.Mesh.Channels.Tests;

public sealed class PeerPinTests : IDisposable
{
    private readonly PeerPins _pins = new();
    private readonly Identity _peer = Identity.FromSeed(World.Seed(1));
    private readonly Identity _other = Identity.FromSeed(World.Seed(2));

    [Fact]
    public void A_peer_that_was_pinned_is_known_by_its_entity_until_it_is_forgotten()
    {
        Assert.True(_pins.TryPin(_peer.NodeId, _peer.EntityId));
        Assert.Equal(_peer.EntityId, _pins.EntityOf(_peer.NodeId));
        Assert.Equal(_peer.NodeId, _pins.NodeOf(_peer.OriginHash));
        Assert.True(_pins.TryPin(_peer.NodeId, _peer.EntityId));
        _pins.Forget(_peer.NodeId);
        Assert.Null(_pins.EntityOf(_peer.NodeId));
        Assert.Null(_pins.NodeOf(_peer.OriginHash));
    }

    [Fact]
    [Trait("spec", "03 I10")]
    public void A_pinned_node_is_not_bound_to_another_entity()
    {
        Assert.True(_pins.TryPin(_peer.NodeId, _other.EntityId)); // as if two keys gave one node id
        Assert.False(_pins.TryPin(_peer.NodeId, _peer.EntityId));
        Assert.Equal(_other.EntityId, _pins.EntityOf(_peer.NodeId));
    }

    [Fact]
    public void The_first_node_of_an_origin_keeps_it()
    {
        var copy = new NodeId(77);
        _pins.TryPin(_peer.NodeId, _peer.EntityId);
        _pins.TryPin(copy, _peer.EntityId);
        _pins.Forget(copy);
        Assert.Equal(_peer.NodeId, _pins.NodeOf(_peer.OriginHash));
    }

    public void Dispose()
    {
        _peer.Dispose();
        _other.Dispose();
    }
}
