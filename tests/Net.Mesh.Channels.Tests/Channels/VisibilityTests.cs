namespace Net.Mesh.Channels.Tests;

public sealed class VisibilityTests
{
    [Fact]
    public void A_channel_of_a_subnet_reaches_it_and_not_its_neighbour()
    {
        using var world = new World(new() { Subnet = SubnetId.Of(3, 7), DefaultVisibility = Visibility.SubnetLocal });
        world.Desk.Configs.Insert(new("local") { Visibility = Visibility.SubnetLocal });
        world.Desk.Configs.Insert(new("global"));
        world.Place(world.Subscriber, SubnetId.Of(3, 7));
        world.Place(world.Other, SubnetId.Of(3, 8));
        Assert.Null(world.Desk.Subscribe(world.Subscriber.NodeId, "local"));
        Assert.Equal(AckReason.Unauthorized, world.Desk.Subscribe(world.Other.NodeId, "local"));
        Assert.Null(world.Desk.Subscribe(world.Other.NodeId, "global")); // what it says itself counts before the default
        Assert.Equal([world.Subscriber.NodeId], world.Recipients("local"));
        Assert.Equal((3, 1), (world.Desk.Gateway.Forwarded, world.Desk.Gateway.Dropped));
        world.Place(world.Subscriber, SubnetId.Of(3, 8));
        Assert.Empty(world.Recipients("local")); // asked again at each publish
        Assert.Equal(2, world.Desk.Gateway.Dropped);
    }

    [Fact]
    public void A_peer_of_unknown_subnet_counts_as_the_root()
    {
        using var world = new World(new() { Subnet = SubnetId.Of(3, 7) });
        world.Desk.Configs.Insert(new("up") { Visibility = Visibility.ParentVisible });
        world.Desk.Configs.Insert(new("local") { Visibility = Visibility.SubnetLocal });
        world.Desk.Configs.Insert(new("exported") { Visibility = Visibility.Exported });
        Assert.Null(world.Desk.Subscribe(world.Subscriber.NodeId, "up"));
        Assert.Equal(AckReason.Unauthorized, world.Desk.Subscribe(world.Subscriber.NodeId, "local"));
        Assert.Equal(AckReason.Unauthorized, world.Desk.Subscribe(world.Subscriber.NodeId, "exported"));
    }

    [Theory]
    [InlineData(Visibility.Global, 1)]
    [InlineData(Visibility.SubnetLocal, 0)]
    public void A_channel_without_configuration_reaches_as_far_as_the_default(Visibility visibility, int expected)
    {
        using var world = new World(new() { Subnet = SubnetId.Of(3), DefaultVisibility = visibility });
        world.Desk.Configs.Insert(new("once"));
        Assert.Null(world.Desk.Subscribe(world.Subscriber.NodeId, "once"));
        world.Desk.Configs.RemoveByName("once");
        Assert.Equal(expected, world.Recipients("once").Length);
    }
}
