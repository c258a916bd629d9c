using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Routing: through the others, and through ours.</summary>
public sealed class RelayTests
{
    private static readonly TestNodePlan Quick = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(100),
        SessionTimeout = TimeSpan.FromSeconds(2),
    };

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [Trait("spec", "01 T14")]
    public async Task Two_nodes_of_ours_talk_privately_through_a_relay_and_a_death_beyond_it_is_noticed(Implementation whose)
    {
        await using TestNode relay = await TestNode.StartAsync(whose, Quick);
        await using TestNode a = await TestNode.StartAsync(Implementation.Ours, Quick);
        await using TestNode b = await TestNode.StartAsync(Implementation.OursAsProgram, Quick with { SessionTimeout = TimeSpan.FromMilliseconds(500) });
        await a.ConnectAsync(relay);
        await b.ConnectAsync(relay);
        JsonObject far = await a.ConnectAsync(b, through: relay);
        Assert.Equal("relayed", far["path"]!.GetValue<string>());
        Assert.Equal("secure", far["security"]!.GetValue<string>());
        await b.WaitForPeerAsync(a);

        string[] messages = Talk.Numbered(100);
        await a.ImpairAsync(lossOut: 0.05, lossIn: 0.05, seed: 5);
        await a.OpenStreamAsync(b, 0xE0, isReliable: true);
        await b.OpenStreamAsync(a, 0xE4, isReliable: true);
        await Task.WhenAll(a.SendAsync(b, 0xE0, messages), b.SendAsync(a, 0xE4, messages));
        Assert.Equal(messages, await b.TakeUntilAsync(taken => taken.Count >= messages.Length));
        Assert.Equal(messages, await a.TakeUntilAsync(taken => taken.Count >= messages.Length));
        await a.ImpairAsync(lossOut: 0, lossIn: 0, seed: 5);

        // Heartbeats do not travel through relays; the original never learns of such a death.
        await b.Lines.KillAsync();
        await a.PeerEventAsync("failed", b);
        Assert.False(a.HadPeerEvent("failed", relay));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    public async Task Two_others_reach_each_other_through_ours(Implementation whose)
    {
        await using TestNode a = await TestNode.StartAsync(whose, Quick);
        await using TestNode b = await TestNode.StartAsync(whose, Quick);
        await using TestNode relay = await TestNode.StartAsync(Implementation.Ours, Quick);
        await a.ConnectAsync(relay);
        await b.ConnectAsync(relay);
        await a.ConnectAsync(b, through: relay);
        await b.WaitForPeerAsync(a);
        await SendRoutedAsync(a, b, "through ours");
        await SendRoutedAsync(b, a, "and back");
        Assert.True(await relay.CounterAsync("forwarded") >= 4);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Ours_talks_to_another_behind_our_relay(Implementation whose)
    {
        await using TestNode far = await TestNode.StartAsync(whose, Quick);
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours, Quick);
        await using TestNode relay = await TestNode.StartAsync(Implementation.Ours, Quick);
        await far.ConnectAsync(relay);
        await ours.ConnectAsync(relay);
        await ours.ConnectAsync(far, through: relay);
        await far.WaitForPeerAsync(ours);
        await SendRoutedAsync(ours, far, "there");
        await SendRoutedAsync(far, ours, "and back");

        // Grants of the original do not find their way back: an unreliable stream must not wait for them.
        string[] messages = Talk.Numbered(120);
        await ours.OpenStreamAsync(far, 0xF0, isReliable: false, window: 2048);
        await ours.SendAsync(far, 0xF0, messages).WaitAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(messages, await far.TakeUntilAsync(taken => taken.Count >= messages.Length));
    }

    [Fact]
    [Trait("spec", "02 T7")]
    public async Task Pingwaves_of_a_peer_that_dialled_ours_say_who_is_behind_it()
    {
        await using TestNode far = await TestNode.StartAsync(Implementation.IndependentReference, Quick);
        await using TestNode middle = await TestNode.StartAsync(Implementation.Original, Quick);
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours, Quick);
        await middle.ConnectAsync(far);
        await middle.ConnectAsync(ours);
        await Until.TrueAsync(async () => await HasRouteAsync(ours, far, middle), "our node learnt no route");
        // The route is good for a dial.
        await ours.ConnectAsync(far, through: middle);
        await SendRoutedAsync(ours, far, "found");
    }

    [Theory]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Pingwaves_travel_through_ours(Implementation whose)
    {
        await using TestNode a = await TestNode.StartAsync(whose, Quick);
        await using TestNode b = await TestNode.StartAsync(whose, Quick);
        await using TestNode middle = await TestNode.StartAsync(Implementation.Ours, Quick);
        await middle.ConnectAsync(a);
        await middle.ConnectAsync(b);
        await Until.TrueAsync(async () => await HasRouteAsync(a, b, middle) && await HasRouteAsync(b, a, middle), "the others learnt no route");
    }

    private static async Task<bool> HasRouteAsync(TestNode at, TestNode to, TestNode via)
    {
        JsonObject reply = await at.Lines.CallAsync("routes");
        return reply["routes"]!.AsArray().Any(route => route!["dest"]!.GetValue<string>() == to.Id && route["next_hop"]!.GetValue<string>() == via.Address);
    }

    private static async Task SendRoutedAsync(TestNode from, TestNode to, string message)
    {
        await from.Lines.CallAsync("send_event", new() { ["peer"] = to.Id, ["text"] = message, ["routed"] = true });
        Assert.Contains(message, await to.TakeUntilAsync(taken => taken.Contains(message)));
    }
}
