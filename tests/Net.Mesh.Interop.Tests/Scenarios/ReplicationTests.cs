using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Logs that are replicated between our nodes and the original.</summary>
public sealed class ReplicationTests
{
    private const string Channel = "orders/audit";

    // More than a response of one packet takes, many times: replicas of the original are stuck there (06 T15).
    private const int BacklogEvents = 200;

    private const int BacklogLength = 700;

    [Fact]
    public async Task Ours_leads_an_original_replica()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Other.Lines.SetRoleAsync(Channel, "replica");
        await pair.Ours.Lines.SetRoleAsync(Channel, "leader");
        await pair.Ours.Lines.AppendAsync(Channel, "alpha", "", "beta");
        await pair.Ours.Lines.AppendInlineAsync(Channel, "abcd1234");
        await log.UntilTailAsync(pair.Other, 4);
        await log.AssertSameAsync(pair.Ours, pair.Other);
        Assert.Equal("Leader", await pair.Ours.Lines.RoleAsync(Channel));
        Assert.Equal("Replica", await pair.Other.Lines.RoleAsync(Channel));
    }

    [Fact]
    public async Task Ours_follows_an_original_leader_and_refuses_appends_of_its_own()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await pair.Other.Lines.ReplicateAsync(Channel, [pair.Ours.Id, pair.Other.Id]);
        await pair.Other.Lines.SetRoleAsync(Channel, "leader");
        await pair.Other.Lines.AppendAsync(Channel, "alpha", "", "beta");
        await pair.Other.Lines.AppendInlineAsync(Channel, "abcd1234");
        await pair.Ours.Lines.ReplicateAsync(Channel, [pair.Ours.Id, pair.Other.Id]);
        await log.UntilTailAsync(pair.Ours, 4);
        await log.AssertSameAsync(pair.Other, pair.Ours);
        JsonObject refused = await pair.Ours.Lines.TryCallAsync("redex_append", new() { ["channel"] = Channel, ["text"] = "mine" });
        Assert.Equal("not_leader", refused["error"]!.GetValue<string>());
        Assert.Contains(pair.Other.Id[2..], refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("spec", "06 T15")]
    public async Task An_original_replica_catches_up_with_our_leader_from_far_behind()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Ours.Lines.SetRoleAsync(Channel, "leader");
        await pair.Ours.Lines.AppendFillAsync(Channel, BacklogEvents, BacklogLength);
        await pair.Other.Lines.SetRoleAsync(Channel, "replica");
        await log.UntilTailAsync(pair.Other, BacklogEvents);
        await log.AssertSameAsync(pair.Ours, pair.Other);
    }

    [Fact]
    [Trait("spec", "06 T15")]
    public async Task Ours_catches_up_with_an_original_leader_from_far_behind()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await pair.Other.Lines.ReplicateAsync(Channel, [pair.Ours.Id, pair.Other.Id]);
        await pair.Other.Lines.SetRoleAsync(Channel, "leader");
        await pair.Other.Lines.AppendFillAsync(Channel, BacklogEvents, BacklogLength);
        await pair.Ours.Lines.ReplicateAsync(Channel, [pair.Ours.Id, pair.Other.Id]);
        await log.UntilTailAsync(pair.Ours, BacklogEvents);
        await log.AssertSameAsync(pair.Other, pair.Ours);
    }

    [Fact]
    public async Task Ours_takes_over_when_the_original_leader_dies()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Other.Lines.SetRoleAsync(Channel, "leader");
        await pair.Other.Lines.AppendAsync(Channel, "alpha", "beta");
        await log.UntilTailAsync(pair.Ours, 2);
        await pair.Other.Lines.KillAsync();
        await log.UntilRoleAsync(pair.Ours, "Leader");
        await pair.Ours.Lines.AppendAsync(Channel, "gamma");
        Assert.Equal(["616c706861", "62657461", "67616d6d61"], (await pair.Ours.Lines.ReadLogAsync(Channel)).Select(static read => read.Hex));
    }

    [Fact]
    public async Task When_our_leader_dies_the_original_goes_on_and_ours_follows_it_when_it_is_back()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original, ours: Implementation.OursAsProgram);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Ours.Lines.SetRoleAsync(Channel, "leader");
        await pair.Other.Lines.SetRoleAsync(Channel, "replica");
        await pair.Ours.Lines.AppendAsync(Channel, "alpha", "beta");
        await log.UntilTailAsync(pair.Other, 2);
        await pair.Ours.Lines.KillAsync();
        // The original stands for election by itself once it has heard a leader.
        await log.UntilRoleAsync(pair.Other, "Leader");
        await pair.Other.Lines.AppendAsync(Channel, "gamma");
        Assert.Equal(3ul, await pair.Other.Lines.NextSeqAsync(Channel));
    }

    [Fact]
    public async Task When_our_leader_gives_the_role_up_the_original_that_an_operator_puts_there_is_followed()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Other.Lines.SetRoleAsync(Channel, "replica");
        await pair.Ours.Lines.SetRoleAsync(Channel, "leader");
        await pair.Ours.Lines.AppendAsync(Channel, "alpha", "beta");
        await log.UntilTailAsync(pair.Other, 2);
        await pair.Ours.Lines.SetRoleAsync(Channel, "idle");
        await pair.Other.Lines.SetRoleAsync(Channel, "leader");
        await pair.Other.Lines.AppendAsync(Channel, "gamma");
        await pair.Ours.Lines.SetRoleAsync(Channel, "replica");
        await log.UntilTailAsync(pair.Ours, 3);
        await log.AssertSameAsync(pair.Other, pair.Ours);
        Assert.Equal("Replica", await pair.Ours.Lines.RoleAsync(Channel));
    }

    [Fact]
    public async Task An_event_that_just_fits_a_packet_crosses_both_ways_and_a_longer_one_is_refused()
    {
        await using Pair pair = await Pair.IntroducedAsync(Implementation.Original);
        var log = new Replicated(Channel, pair.Ours, pair.Other);
        await log.OpenAsync();
        await pair.Other.Lines.SetRoleAsync(Channel, "replica");
        await pair.Ours.Lines.SetRoleAsync(Channel, "leader");
        await pair.Ours.Lines.AppendFillAsync(Channel, 1, 8029);
        await log.UntilTailAsync(pair.Other, 1);
        await log.AssertSameAsync(pair.Ours, pair.Other);

        var back = new Replicated("b/back", pair.Ours, pair.Other);
        await back.OpenAsync();
        await pair.Other.Lines.SetRoleAsync("b/back", "leader");
        await pair.Other.Lines.AppendFillAsync("b/back", 1, 8029);
        await back.UntilTailAsync(pair.Ours, 1);
        await back.AssertSameAsync(pair.Other, pair.Ours);

        // One byte more: what the original has stays, and the other log goes on.
        await pair.Ours.Lines.AppendFillAsync(Channel, 1, 8030);
        await pair.Ours.Lines.AppendAsync(Channel, "behind it");
        await pair.Other.Lines.AppendAsync("b/back", "goes on");
        await back.UntilTailAsync(pair.Ours, 2);
        Assert.Equal(1ul, await pair.Other.Lines.NextSeqAsync(Channel));
        Assert.Single(await pair.Other.Lines.ReadLogAsync(Channel));
        Assert.Equal("Leader", await pair.Ours.Lines.RoleAsync(Channel));
    }

    [Fact]
    public async Task Two_of_ours_follow_an_original_and_one_of_them_leads_when_it_dies()
    {
        await using TestNode original = await TestNode.StartAsync(Implementation.Original, new() { IsStarted = false });
        await using TestNode first = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode second = await TestNode.StartAsync(Implementation.Ours);
        await original.IntroduceToAllAsync(first, second);
        var log = new Replicated(Channel, first, second, original);
        await log.OpenAsync();
        await original.Lines.SetRoleAsync(Channel, "leader");
        await original.Lines.AppendAsync(Channel, "alpha", "beta");
        await log.UntilTailAsync(first, 2);
        await log.UntilTailAsync(second, 2);
        await original.Lines.KillAsync();
        (TestNode leader, TestNode follower) = await log.UntilLedAsync(first, second);
        await leader.Lines.AppendAsync(Channel, "gamma");
        await log.UntilTailAsync(follower, 3);
        await log.AssertSameAsync(leader, follower);
    }

    [Fact]
    public async Task When_the_leader_of_ours_closes_the_log_the_others_agree_on_one_the_original_among_them()
    {
        await using TestNode original = await TestNode.StartAsync(Implementation.Original, new() { IsStarted = false });
        await using TestNode first = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode second = await TestNode.StartAsync(Implementation.Ours);
        await original.IntroduceToAllAsync(first, second);
        var log = new Replicated(Channel, first, second, original);
        await log.OpenAsync();
        await original.Lines.SetRoleAsync(Channel, "replica");
        (TestNode leader, TestNode follower) = await log.UntilLedAsync(first, second);
        await leader.Lines.AppendFillAsync(Channel, BacklogEvents, BacklogLength);
        await log.UntilTailAsync(follower, BacklogEvents);
        await log.UntilTailAsync(original, BacklogEvents);
        await leader.Lines.CloseLogAsync(Channel);
        (TestNode next, TestNode last) = await log.UntilLedAsync(follower, original);
        await next.Lines.AppendAsync(Channel, "gamma");
        await log.UntilTailAsync(last, BacklogEvents + 1);
        await log.AssertSameAsync(next, last);
    }
}
