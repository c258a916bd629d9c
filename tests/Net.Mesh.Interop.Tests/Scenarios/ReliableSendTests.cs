namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>What ours sends on reliable streams, over a network that loses.</summary>
public sealed class ReliableSendTests
{
    [Theory]
    [InlineData(Implementation.Original, 0.0, 300)]
    [InlineData(Implementation.Original, 0.05, 300)]
    [InlineData(Implementation.Original, 0.2, 100)]
    [InlineData(Implementation.IndependentReference, 0.0, 100)]
    [InlineData(Implementation.IndependentReference, 0.2, 60)]
    [InlineData(Implementation.IndependentSecure, 0.0, 100)]
    [InlineData(Implementation.IndependentSecure, 0.05, 100)]
    [InlineData(Implementation.IndependentSecure, 0.2, 60)]
    public async Task What_ours_sends_reliably_arrives(Implementation whose, double loss, int count)
    {
        await using Pair pair = await Pair.ConnectedAsync(whose);
        string[] messages = Talk.Numbered(count);
        await pair.Ours.ImpairAsync(loss, loss, seed: 7);
        await pair.Ours.OpenStreamAsync(pair.Other, 0x10, isReliable: true);
        Task sending = pair.Ours.SendAsync(pair.Other, 0x10, messages);
        // The original hands out resent packets again (01 T4) and in the order of their arrival: it has them all, and that is all.
        List<string> arrived = await pair.Other.TakeUntilAsync(taken => taken.Distinct().Count() >= count);
        await sending;
        Assert.Equal(messages, arrived.Distinct().Order(StringComparer.Ordinal));
        await Until.TrueAsync(
            async () => (await pair.Ours.StreamAsync(pair.Other, 0x10))!["unacked"]!.GetValue<int>() == 0, "not everything was acknowledged");
    }
}
