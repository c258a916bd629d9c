namespace Net.Mesh.Simulation.Tests;

/// <summary>A seed is worth something only if it replays what it found.</summary>
public class DeterminismTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task The_same_seed_gives_the_same_datagrams_twice(int seed)
    {
        ChaosRun first = await ChaosRun.PlayAsync(seed, Misfortune.BadLinks | Misfortune.Partitions | Misfortune.Moves, bad: 10);
        ChaosRun second = await ChaosRun.PlayAsync(seed, Misfortune.BadLinks | Misfortune.Partitions | Misfortune.Moves, bad: 10);
        Assert.Equal(first.Watch.Datagrams, second.Watch.Datagrams);
        Assert.Equal(first.Watch.Hash, second.Watch.Hash);
        Assert.True(first.Received > 0);
    }
}
