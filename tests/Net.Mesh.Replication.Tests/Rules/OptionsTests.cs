namespace Net.Mesh.Replication.Tests;

public sealed class OptionsTests
{
    private static readonly NodeId[] Nodes = [.. Enumerable.Range(1, 17).Select(static i => new NodeId((ulong)i))];

    [Fact]
    public void The_defaults_are_right() => Assert.Null(new ReplicationOptions().Validate());

    [Fact]
    public void The_first_problem_in_the_order_of_the_chapter_is_named()
    {
        var all = new ReplicationOptions
        {
            Factor = 0, Heartbeat = TimeSpan.Zero, BudgetFraction = double.NaN, BackgroundFraction = 1, PinnedLeader = new(99), MaxResponseBytes = 0,
            Placement = PlacementStrategy.Pinned(),
        };
        ReplicationOptionsError[] seen =
        [
            all.Validate()!.Value,
            (all with { Factor = 17 }).Validate()!.Value,
            (all with { Factor = 1 }).Validate()!.Value,
            (all with { Factor = 1, Heartbeat = TimeSpan.FromMinutes(6) }).Validate()!.Value,
            (all = all with { Factor = 1, Heartbeat = TimeSpan.FromMilliseconds(100) }).Validate()!.Value,
            (all = all with { BudgetFraction = 1 }).Validate()!.Value,
            (all = all with { BackgroundFraction = 0 }).Validate()!.Value,
            (all with { Placement = PlacementStrategy.Pinned(Nodes) }).Validate()!.Value,
            (all with { Placement = PlacementStrategy.Pinned(Nodes[0], Nodes[0]) }).Validate()!.Value,
            (all = all with { Placement = PlacementStrategy.Pinned(Nodes[..16]) }).Validate()!.Value,
            (all with { PinnedLeader = Nodes[3] }).Validate()!.Value,
        ];
        Assert.Equal(Enum.GetValues<ReplicationOptionsError>(), seen);
        Assert.Null((all with { PinnedLeader = Nodes[3], MaxResponseBytes = 8192 }).Validate());
    }

    [Fact]
    public void Equal_options_are_equal_by_value_and_the_order_of_the_members_counts()
    {
        var first = new ReplicationOptions { Placement = PlacementStrategy.Pinned(Nodes[0], Nodes[1]) };
        Assert.Equal(first, new ReplicationOptions { Placement = PlacementStrategy.Pinned(Nodes[0], Nodes[1]) });
        Assert.Equal(first.GetHashCode(), new ReplicationOptions { Placement = PlacementStrategy.Pinned(Nodes[0], Nodes[1]) }.GetHashCode());
        Assert.NotEqual(first, first with { Placement = PlacementStrategy.Pinned(Nodes[1], Nodes[0]) });
        Assert.NotEqual(first, first with { Heartbeat = TimeSpan.FromSeconds(1) });
        Assert.NotEqual(PlacementStrategy.Standard, PlacementStrategy.ColocationStrict);
        Assert.Equal((2, 3), (first.EffectiveFactor, new ReplicationOptions().EffectiveFactor));
    }
}
