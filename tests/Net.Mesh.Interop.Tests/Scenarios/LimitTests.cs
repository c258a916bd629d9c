using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Windows and sizes.</summary>
public sealed class LimitTests
{
    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentSecure, true)]
    public async Task A_small_window_is_enough_in_both_directions(Implementation whose, bool isReliable)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        string[] messages = Talk.Numbered(60);
        await pair.Ours.OpenStreamAsync(pair.Other, 0x50, isReliable, window: 4096);
        await pair.Other.OpenStreamAsync(pair.Ours, 0x54, isReliable, window: 4096);
        await Task.WhenAll(pair.Ours.SendAsync(pair.Other, 0x50, messages), pair.Other.SendAsync(pair.Ours, 0x54, messages));
        Assert.Equal(messages, (await pair.Other.TakeUntilAsync(taken => taken.Distinct().Count() >= messages.Length)).Distinct());
        Assert.Equal(messages, await pair.Ours.TakeUntilAsync(taken => taken.Count >= messages.Length));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    public async Task The_largest_event_travels_both_ways_and_a_larger_one_is_refused(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        string largest = new('x', 8104);
        await Talk.OneWayAsync(pair.Ours, pair.Other, 0x60, largest);
        await Talk.OneWayAsync(pair.Other, pair.Ours, 0x64, largest);
        JsonObject refused = await pair.Ours.Lines.TryCallAsync("send", new() { ["peer"] = pair.Other.Id, ["stream_id"] = 0x60, ["fill"] = 8105 });
        Assert.Equal("too_large", refused["error"]!.GetValue<string>());
        Assert.Contains("8104", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
