using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Sessions come up, whoever dials and in whichever form.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Ours_dials_a_running_node(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose, ours: Implementation.OursAsProgram);
        JsonObject? peer = await pair.Ours.PeerAsync(pair.Other);
        Assert.Equal(whose == Implementation.IndependentSecure ? "secure" : "reference", peer!["security"]!.GetValue<string>());
        Assert.Equal("direct", peer["path"]!.GetValue<string>());
        Assert.Equal(pair.Other.Address, peer["address"]!.GetValue<string>());
        await pair.TalkAsync();
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_node_dials_ours_while_it_runs(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose, oursDials: false);
        await pair.TalkAsync();
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_node_that_expects_ours_is_reached_with_the_direct_form(Implementation whose)
    {
        await using Pair pair = await Pair.StartedAsync(whose, NotStarted(whose));
        Task<JsonObject> accepting = pair.Other.AcceptAsync(pair.Ours);
        await pair.Ours.ConnectAsync(pair.Other, via: "direct");
        await accepting;
        if (whose == Implementation.Original)
            await pair.Other.Lines.CallAsync("start");
        await pair.TalkAsync();
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Ours_accepts_a_direct_dial_at_any_time(Implementation whose)
    {
        await using Pair pair = await Pair.StartedAsync(whose, NotStarted(whose));
        Task<JsonObject> accepting = pair.Ours.AcceptAsync(pair.Other);
        await pair.Other.ConnectAsync(pair.Ours, via: "direct");
        await accepting;
        if (whose == Implementation.Original)
            await pair.Other.Lines.CallAsync("start");
        await pair.TalkAsync();
    }

    // Only the original has to shake hands before it is started.
    private static TestNodePlan? NotStarted(Implementation whose) => whose == Implementation.Original ? new() { IsStarted = false } : null;

    [Fact]
    [Trait("spec", "02 T6")]
    public async Task A_direct_dial_succeeds_although_our_first_answer_was_lost()
    {
        await using Pair pair = await Pair.StartedAsync(Implementation.IndependentReference, new() { HandshakeTimeout = TimeSpan.FromMilliseconds(700) });
        await pair.Ours.ImpairAsync(lossOut: 1, lossIn: 0, seed: 1);
        Task<JsonObject> accepting = pair.Ours.AcceptAsync(pair.Other);
        Task<JsonObject> dialling = pair.Other.ConnectAsync(pair.Ours, via: "direct");
        await accepting;
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 1);
        await dialling;
        await pair.TalkAsync();
    }

    [Fact]
    public async Task A_ticket_is_enough_to_dial_either_way()
    {
        await using (Pair pair = await Pair.StartedAsync(Implementation.IndependentSecure))
        {
            await pair.Ours.Lines.CallAsync("connect", new() { ["ticket"] = pair.Other.Ticket });
            await pair.TalkAsync();
        }
        await using (Pair pair = await Pair.StartedAsync(Implementation.IndependentSecure))
        {
            await pair.Other.Lines.CallAsync("connect", new() { ["ticket"] = pair.Ours.Ticket });
            await pair.Ours.WaitForPeerAsync(pair.Other);
            await pair.TalkAsync();
        }
    }

    [Fact]
    public async Task A_node_that_admits_only_the_secure_profile_says_why_it_refuses_the_original()
    {
        await using TestNode original = await TestNode.StartAsync(Implementation.Original);
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours, new() { IsSecureOnly = true });

        JsonObject refused = await ours.TryConnectAsync(original);
        Assert.Equal("secure_profile", refused["error"]!.GetValue<string>());
        Assert.Contains("PeerAdmission", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);

        Task<JsonObject> dialling = original.TryConnectAsync(ours, limit: TimeSpan.FromSeconds(30));
        await Until.TrueAsync(async () => await ours.CounterAsync("drop: ReferenceRefused") >= 2, "the original's handshake was not refused");
        Assert.Null(await ours.PeerAsync(original));
        Assert.False(dialling.IsCompleted);
        // Its end, when the process goes, is of no interest.
        _ = dialling.ContinueWith(static over => over.Exception, TaskScheduler.Default);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Both_dial_at_once_and_are_connected(Implementation whose)
    {
        await using Pair pair = await Pair.StartedAsync(whose, new() { HandshakeTimeout = TimeSpan.FromSeconds(2), HandshakeAttempts = 5, Heartbeat = TimeSpan.FromMilliseconds(200) });
        // The original takes our first message for the answer to its own, and tries again (01 T3): its dial may be in vain.
        Task<JsonObject> other = pair.Other.TryConnectAsync(pair.Ours);
        await pair.Ours.ConnectAsync(pair.Other);
        if (whose != Implementation.Original)
            Assert.True((await other)["ok"]!.GetValue<bool>());
        else
            _ = other.ContinueWith(static over => over.Exception, TaskScheduler.Default);
        await pair.TalkAsync();
    }
}
