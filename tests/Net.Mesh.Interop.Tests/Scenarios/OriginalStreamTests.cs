using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>What is peculiar about the streams of the original.</summary>
public sealed class OriginalStreamTests
{
    [Theory]
    [InlineData(0x2000_0000_0000_0007)]
    [Trait("spec", "01 T10")]
    [Trait("spec", "02 T22")]
    public async Task A_stream_id_that_the_original_would_swallow_is_refused(ulong id)
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original);
        JsonObject refused = await pair.Ours.Lines.TryCallAsync("open_stream", new() { ["peer"] = pair.Other.Id, ["stream_id"] = id });
        Assert.Equal("invalid", refused["error"]!.GetValue<string>());
    }

    [Fact]
    [Trait("spec", "02 T11")]
    public async Task A_scheduled_stream_of_the_original_comes_from_another_port_and_is_its_nevertheless()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original);
        string[] messages = Talk.Numbered(20);
        await pair.Other.OpenStreamAsync(pair.Ours, 0x80, isReliable: false, isScheduled: true);
        await pair.Other.SendAsync(pair.Ours, 0x80, messages);
        List<string> arrived = await pair.Ours.TakeUntilAsync(taken => taken.Count >= messages.Length);
        Assert.Equal(messages, arrived);
        // That socket does not listen: our node must not take it for the peer's address.
        Assert.Equal(pair.Other.Address, (await pair.Ours.PeerAsync(pair.Other))!["address"]!.GetValue<string>());
        await pair.TalkAsync();
    }

    [Fact]
    [Trait("spec", "01 T5")]
    public async Task A_reliable_stream_that_ours_closes_and_opens_again_works()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original);
        for (int life = 0; life < 3; life++)
        {
            string[] messages = [.. Talk.Numbered(10).Select(message => $"{life} {message}")];
            await pair.Ours.OpenStreamAsync(pair.Other, 0x90, isReliable: true);
            await pair.Ours.SendAsync(pair.Other, 0x90, messages);
            // The original hands out resent packets again, also those of the life before.
            List<string> arrived = await pair.Other.TakeUntilAsync(taken => !messages.Except(taken).Any(), TimeSpan.FromSeconds(10));
            Assert.Equal(messages, arrived.Where(messages.Contains).Distinct());
            JsonObject closed = await pair.Ours.Lines.CallAsync("close_stream", new() { ["peer"] = pair.Other.Id, ["stream_id"] = 0x90, ["drain"] = 10 });
            Assert.True(closed["drained"]!.GetValue<bool>());
        }
    }

    [Fact]
    [Trait("spec", "01 T8")]
    public async Task A_gap_that_the_original_never_fills_does_not_stop_what_comes_after_it()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original);
        // Its sends to a node carry the flag of their stream, and are not kept for a resend.
        await pair.Other.OpenStreamAsync(pair.Ours, 0, isReliable: true);
        string[] messages = Talk.Numbered(100, length: 20);
        await SendEventAsync(pair, messages[0]);
        await pair.Ours.TakeUntilAsync(taken => taken.Count == 1);
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 1, seed: 1);
        await SendEventAsync(pair, messages[1]);
        await pair.Other.Lines.CallAsync("peers");
        await Until.TrueAsync(async () => await HasArrivedAsync(pair), "nothing was lost");
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 1);
        var arrived = new List<string>();
        int next = 2;
        // The gap is believed when it has been there for a while and much has come after it.
        while (arrived.Count < messages.Length - 2 && next < 2000)
        {
            await SendEventAsync(pair, next < messages.Length ? messages[next] : "more");
            next++;
            arrived.AddRange(await pair.Ours.TakeAsync(TimeSpan.FromMilliseconds(30)));
        }
        Assert.Equal(messages[2..], arrived[..(messages.Length - 2)]);
    }

    private static async Task<bool> HasArrivedAsync(Pair pair) => await pair.Ours.CounterAsync("datagrams in") >= 3;

    private static Task<JsonObject> SendEventAsync(Pair pair, string message) =>
        pair.Other.Lines.CallAsync("send_event", new() { ["peer"] = pair.Ours.Id, ["text"] = message, ["routed"] = true });
}
