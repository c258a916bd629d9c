namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Fire and forget, in both directions.</summary>
public sealed class UnreliableTests
{
    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task Unreliable_messages_all_arrive_when_nothing_is_lost(Implementation whose)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        string[] messages = Talk.Numbered(100);
        await pair.Ours.OpenStreamAsync(pair.Other, 0x30, isReliable: false);
        await pair.Ours.SendAsync(pair.Other, 0x30, messages);
        Assert.Equal(messages, await pair.Other.TakeUntilAsync(taken => taken.Count >= messages.Length));
        await pair.Other.OpenStreamAsync(pair.Ours, 0x31, isReliable: false);
        await pair.Other.SendAsync(pair.Ours, 0x31, messages);
        Assert.Equal(messages, await pair.Ours.TakeUntilAsync(taken => taken.Count >= messages.Length));
    }

    [Theory]
    [InlineData(Implementation.Original, 0.05)]
    [InlineData(Implementation.Original, 0.2)]
    [InlineData(Implementation.IndependentSecure, 0.2)]
    [Trait("spec", "01 T11")]
    public async Task Unreliable_streams_never_stall_however_much_is_lost(Implementation whose, double loss)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        // More is lost than the window holds.
        const int Window = 8192;
        string[] messages = Talk.Numbered(100);
        await pair.Ours.ImpairAsync(loss, loss, seed: 3);
        await pair.Ours.OpenStreamAsync(pair.Other, 0x40, isReliable: false, Window);
        await pair.Other.OpenStreamAsync(pair.Ours, 0x41, isReliable: false, Window);
        Task<List<string>> there = pair.Other.TakeUntilAsync(taken => taken.Contains(messages[^1]), TimeSpan.FromSeconds(5));
        await pair.Ours.SendAsync(pair.Other, 0x40, messages);
        await pair.Other.SendAsync(pair.Ours, 0x41, messages);
        await pair.Ours.ImpairAsync(0, 0, seed: 3);
        foreach (IReadOnlyList<string> arrived in (IReadOnlyList<string>[])[await there, await pair.Ours.TakeAsync()])
        {
            Assert.Empty(arrived.Except(messages));
            Assert.Equal(arrived.Count, arrived.Distinct().Count());
            Assert.InRange(arrived.Count, messages.Length / 2, messages.Length);
        }
    }

    [Fact]
    [Trait("spec", "01 T11")]
    public async Task A_lost_grant_does_not_leave_the_original_waiting_for_ever()
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Original);
        string[] messages = Talk.Numbered(20);
        await pair.Ours.ImpairAsync(lossOut: 1, lossIn: 0, seed: 1);
        // Four messages fill it.
        await pair.Other.OpenStreamAsync(pair.Ours, 0x45, isReliable: false, window: 4096);
        Task sending = pair.Other.SendAsync(pair.Ours, 0x45, messages);
        List<string> arrived = await pair.Ours.TakeUntilAsync(taken => taken.Count >= 4);
        await pair.Ours.ImpairAsync(lossOut: 0, lossIn: 0, seed: 1);
        arrived.AddRange(await pair.Ours.TakeUntilAsync(taken => taken.Count >= messages.Length - 4));
        Assert.Equal(messages, arrived);
        await sending;
    }
}
