using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Heartbeats, deaths, and coming back.</summary>
public sealed class LivenessTests
{
    private static readonly TestNodePlan Quick = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(100),
        SessionTimeout = TimeSpan.FromMilliseconds(600),
    };

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Heartbeats_alone_keep_a_session_and_a_killed_peer_is_suspected_then_failed(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose, Quick);
        // Longer than silence may last.
        await Until.TrueAsync(async () => await pair.Ours.CounterAsync("heartbeats out") >= 25, "our node sends no heartbeats");
        Assert.False(pair.Ours.HadPeerEvent("failed", pair.Other));
        Assert.True(await pair.Other.HasPeerAsync(pair.Ours));

        await pair.Other.Lines.KillAsync();
        await pair.Ours.PeerEventAsync("suspected", pair.Other);
        await pair.Ours.PeerEventAsync("failed", pair.Other);
    }

    [Theory]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_killed_node_of_ours_is_missed_and_comes_back(Implementation whose)
    {
        TestNodePlan plan = Quick with { Seed = 0x31 };
        await using TestNode other = await TestNode.StartAsync(whose, Quick);
        await using TestNode ours = await TestNode.StartAsync(Implementation.OursAsProgram, plan);
        await ours.ConnectAsync(other);
        await Talk.OneWayAsync(ours, other, 0xC0, "first life");
        await ours.Lines.KillAsync();
        await other.PeerEventAsync("failed", ours);

        await using TestNode again = await TestNode.StartAsync(Implementation.OursAsProgram, plan with { Bind = ours.Address });
        await again.ConnectAsync(other);
        await Talk.BothWaysAsync(again, other, 0xC0);
    }

    [Fact]
    public async Task The_original_forgets_a_killed_node_of_ours_and_takes_it_back()
    {
        // It says nothing of failures; after 30 session timeouts it forgets.
        var plan = new TestNodePlan { Heartbeat = TimeSpan.FromMilliseconds(50), SessionTimeout = TimeSpan.FromMilliseconds(150), Seed = 0x32 };
        await using TestNode original = await TestNode.StartAsync(Implementation.Original, plan with { Seed = null });
        await using TestNode ours = await TestNode.StartAsync(Implementation.OursAsProgram, plan);
        await ours.ConnectAsync(original);
        await Talk.OneWayAsync(ours, original, 0xC0, "first life");
        await Until.TrueAsync(async () => await ours.CounterAsync("heartbeats out") >= 20, "our node sends no heartbeats");
        await ours.Lines.KillAsync();
        await Until.TrueAsync(
            async () => (await original.Lines.CallAsync("peers"))["count"]!.GetValue<int>() == 0, "the original did not notice the death");

        await using TestNode again = await TestNode.StartAsync(Implementation.OursAsProgram, plan);
        await again.ConnectAsync(original);
        await Talk.BothWaysAsync(again, original, 0xC0);
    }

    [Fact]
    [Trait("spec", "01 T7")]
    public async Task A_restarted_original_is_let_in_at_once_although_ours_dialled_it_and_keeps_sending()
    {
        TestNodePlan plan = new() { Seed = 0x33 };
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours);
        TestNode original = await TestNode.StartAsync(Implementation.Original, plan);
        await using (original)
        {
            await ours.ConnectAsync(original);
            await Talk.OneWayAsync(ours, original, 0xD0, "first life");
            await original.Lines.KillAsync();
        }
        await ours.Lines.CallAsync("send_event", new() { ["peer"] = original.Id, ["text"] = "into the void" });

        await using TestNode again = await TestNode.StartAsync(Implementation.Original, plan);
        await again.ConnectAsync(ours);
        await Talk.BothWaysAsync(again, ours, 0xD0);
    }

    [Fact]
    public async Task A_session_survives_a_time_without_a_network()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original, Quick);
        await pair.TalkAsync();
        await pair.Ours.ImpairAsync(lossOut: 1, lossIn: 1, seed: 1);
        await pair.Ours.PeerEventAsync("failed", pair.Other);
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 1);
        await pair.Ours.PeerEventAsync("recovered", pair.Other);
        await pair.TalkAsync(stream: 0x61);
    }
}
