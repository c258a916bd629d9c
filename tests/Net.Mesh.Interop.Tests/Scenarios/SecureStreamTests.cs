using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>What only peers of the secure profile have.</summary>
public sealed class SecureStreamTests
{
    [Fact]
    public async Task A_large_message_travels_both_ways_under_the_secure_profile()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.IndependentSecure);
        string large = string.Concat(Talk.Numbered(300, 1000));
        await Talk.OneWayAsync(pair.Ours, pair.Other, 0x70, large);
        await Talk.OneWayAsync(pair.Other, pair.Ours, 0x74, large);
    }

    [Fact]
    public async Task Keys_are_renewed_by_either_side_while_streams_go_on()
    {
        foreach (bool oursDials in (bool[])[true, false])
        {
            await using Pair pair = await Pair.ConnectedAsync(Implementation.IndependentSecure, oursDials: oursDials);
            (TestNode dialler, TestNode dialled) = oursDials ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
            string[] messages = Talk.Numbered(60);
            await pair.Ours.OpenStreamAsync(pair.Other, 0xA0, isReliable: true);
            await pair.Other.OpenStreamAsync(pair.Ours, 0xA4, isReliable: true);
            string? before = (await pair.Ours.PeerAsync(pair.Other))!["session_id"]!.GetValue<string>();
            Task sending = Task.WhenAll(pair.Ours.SendAsync(pair.Other, 0xA0, messages), pair.Other.SendAsync(pair.Ours, 0xA4, messages));
            await dialler.Lines.CallAsync("renew", new() { ["peer"] = dialled.Id });
            await dialler.PeerEventAsync("renewed", dialled);
            await dialled.PeerEventAsync("renewed", dialler);
            Assert.Equal(messages, await pair.Other.TakeUntilAsync(taken => taken.Count >= messages.Length));
            Assert.Equal(messages, await pair.Ours.TakeUntilAsync(taken => taken.Count >= messages.Length));
            await sending;
            Assert.NotEqual(before, (await pair.Ours.PeerAsync(pair.Other))!["session_id"]!.GetValue<string>());
            Assert.Equal("secure", (await pair.Ours.PeerAsync(pair.Other))!["security"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_peer_that_was_seen_over_the_secure_profile_is_not_let_in_without_it()
    {
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours);
        await using (TestNode secure = await TestNode.StartAsync(Implementation.IndependentSecure, new() { Seed = 0x77 }))
        {
            await ours.ConnectAsync(secure);
            await secure.WaitForPeerAsync(ours);
            await Talk.OneWayAsync(secure, ours, 0xB0, "hello");
        }
        await using TestNode impostor = await TestNode.StartAsync(
            Implementation.IndependentReference, new() { Seed = 0x77, HandshakeTimeout = TimeSpan.FromMilliseconds(300), HandshakeAttempts = 1 });
        JsonObject refused = await impostor.TryConnectAsync(ours);
        Assert.Equal("timeout", refused["error"]!.GetValue<string>());
        Assert.True(await ours.CounterAsync("drop: ReferenceRefused") > 0);
    }
}
