namespace Net.Mesh.Simulation.Tests;

/// <summary>
/// A seed is worth something only if it replays what it found. Holds for small meshes; runs of 20 nodes, and with crashes, have been seen
/// to differ.
/// </summary>
public class DeterminismTests
{
    [Theory]
    [InlineData(12, 2)]
    [InlineData(12, 8)]
    public async Task The_same_seed_gives_the_same_datagrams_twice(int seed, int misfortune)
    {
        ChaosRun first = await ChaosRun.PlayAsync(seed, (Misfortune)misfortune, bad: 10);
        ChaosRun second = await ChaosRun.PlayAsync(seed, (Misfortune)misfortune, bad: 10);
        Assert.Equal(first.Watch.Datagrams, second.Watch.Datagrams);
        Assert.Equal(first.Watch.Hash, second.Watch.Hash);
        Assert.True(first.Received > 0);
    }
}
