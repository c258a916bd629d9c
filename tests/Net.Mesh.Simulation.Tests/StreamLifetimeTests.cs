using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;

namespace Net.Mesh.Simulation.Tests;

/// <summary>What a stream promises at its beginning and at its end, one case at a time.</summary>
public class StreamLifetimeTests
{
    private static readonly StreamOptions Reliable = new() { Reliability = Reliability.Reliable };

    [Fact]
    public async Task A_stream_that_the_peer_used_first_is_as_reliable_as_its_opener_asks()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        StreamPort there = cluster[0].Context.OpenStream(cluster[1].NodeId, 7, Reliable);
        Assert.Equal(SendStatus.Sent, there.TrySend(new byte[10]));
        cluster.Run(TimeSpan.FromMilliseconds(100));

        StreamPort here = cluster[1].Context.OpenStream(cluster[0].NodeId, 7, new() { Reliability = Reliability.Reliable, WindowBytes = 9000 });
        Assert.Equal(Reliability.Reliable, here.Options.Reliability);
        Assert.Equal(9000, here.Stats.WindowBytes);
        cluster.Network.Filter = static (in datagram) => false;
        here.TrySend(new byte[10]);
        Assert.Equal(1, here.Stats.UnacknowledgedPackets);
    }

    [Fact]
    public async Task After_a_restart_of_the_peer_the_first_stream_with_an_old_id_works()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2);
        await cluster.ConnectAsync(0, 1);
        for (int lifetime = 0; lifetime < 3; lifetime++)
        {
            StreamPort old = cluster[0].Context.OpenStream(cluster[1].NodeId, 7, Reliable);
            Assert.Equal(SendStatus.Sent, old.TrySend(new byte[10]));
            cluster.Run(TimeSpan.FromSeconds(1));
            await old.CloseAsync(drains: false);
        }
        cluster.Crash(1);
        await cluster.RestartAsync(1);
        await cluster.ConnectAsync(1, 0);

        StreamPort fresh = cluster[1].Context.OpenStream(cluster[0].NodeId, 7, Reliable);
        Assert.Equal(SendStatus.Sent, fresh.TrySend(new byte[10]));
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.True(fresh.IsOpen);
        Assert.Equal(0, fresh.Stats.UnacknowledgedPackets);
    }
}
