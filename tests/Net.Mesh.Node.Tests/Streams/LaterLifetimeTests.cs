using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Streams;

public sealed class LaterLifetimeTests
{
    /// <summary>What ended first is told as well: the later lifetime's end is the only one that is still repeated.</summary>
    [Fact]
    public async Task A_listener_learns_of_a_failed_lifetime_by_the_end_of_a_later_one_of_which_nothing_came()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(61, configure: options => options.StreamGiveUpAfter = Sim.Seconds(3));
        MeshStream listening = cluster.Open(1, 0, 7, Sim.Reliable);
        MeshStream first = cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, first.Send("arrives"));
        cluster.Run(Sim.Seconds(1));
        cluster.Partition([0], [1]);
        for (int lifetime = 0; lifetime < 3; lifetime++)
        {
            MeshStream lost = cluster.Open(0, 1, 7, Sim.Reliable);
            Assert.Equal(SendStatus.Sent, lost.Send("lost"));
            cluster.RunUntil(() => !lost.IsOpen, Sim.Seconds(30));
        }
        Assert.True(listening.IsOpen);
        cluster.Heal();
        cluster.RunUntil(() => !listening.IsOpen, Sim.Seconds(60));
        var heard = new List<string>();
        StreamException end = await Assert.ThrowsAsync<StreamException>(async () =>
        {
            await foreach (StreamMessage message in listening.ReadAllAsync())
                heard.Add(message.GetString());
        });
        Assert.Equal("reset", end.Kind);
        Assert.Equal(["arrives"], heard);
    }

    [Fact]
    public async Task A_listener_of_whom_nothing_was_asked_yet_hears_nothing_of_lifetimes_that_failed()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(62, configure: options => options.StreamGiveUpAfter = Sim.Seconds(3));
        MeshStream listening = cluster.Open(1, 0, 7, Sim.Reliable);
        cluster.Partition([0], [1]);
        for (int lifetime = 0; lifetime < 2; lifetime++)
        {
            MeshStream lost = cluster.Open(0, 1, 7, Sim.Reliable);
            Assert.Equal(SendStatus.Sent, lost.Send("lost"));
            cluster.RunUntil(() => !lost.IsOpen, Sim.Seconds(30));
        }
        cluster.Heal();
        cluster.Run(Sim.Seconds(30));
        Assert.True(listening.IsOpen);
        Assert.Equal(SendStatus.Sent, cluster.Open(0, 1, 7, Sim.Reliable).Send("at last"));
        cluster.Run(Sim.Seconds(1));
        await using IAsyncEnumerator<StreamMessage> reading = listening.ReadAllAsync().GetAsyncEnumerator();
        Assert.True(await reading.MoveNextAsync());
        Assert.Equal("at last", reading.Current.GetString());
    }
}
