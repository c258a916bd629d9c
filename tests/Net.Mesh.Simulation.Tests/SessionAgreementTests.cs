using Net.Mesh.Node;
using Net.Mesh.Testing;

namespace Net.Mesh.Simulation.Tests;

/// <summary>Both sides of a pair end up with the same session, whoever dialled when.</summary>
public class SessionAgreementTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Dials_that_cross_leave_one_session_and_keep_its_streams(int seed)
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed);
        _ = cluster.BeginConnect(0, 1);
        _ = cluster.BeginConnect(1, 0);
        cluster.RunUntil(() => cluster.AreConnected(0, 1) && cluster.AreConnected(1, 0), TimeSpan.FromSeconds(1));
        StreamPort stream = cluster[0].Context.OpenStream(cluster[1].NodeId, 7, new() { Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, stream.TrySend(new byte[10]));
        cluster.Run(TimeSpan.FromSeconds(20));

        Assert.True(cluster.ShareSession(0, 1));
        Assert.True(stream.IsOpen);
        Assert.Equal(0, stream.Stats.UnacknowledgedPackets);
    }

    /// <summary>Looks like a crossing dial: both sessions are young, and of opposite directions.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public async Task A_peer_that_restarts_at_once_and_dials_back_is_followed(int seed, bool diesBeforeItIsHeard)
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed, configure: static (_, builder) => builder.WithHeartbeat(TimeSpan.FromSeconds(1)));
        await cluster.ConnectAsync(0, 1);
        if (!diesBeforeItIsHeard)
            cluster.Run(TimeSpan.FromMilliseconds(500));
        cluster.Crash(1);
        await cluster.RestartAsync(1);
        _ = cluster.BeginConnect(1, 0);
        cluster.Run(TimeSpan.FromSeconds(6));

        Assert.True(cluster.ShareSession(0, 1), cluster.Network.ToString());
        StreamPort stream = cluster[1].Context.OpenStream(cluster[0].NodeId, 7, new() { Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, stream.TrySend(new byte[10]));
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(0, stream.Stats.UnacknowledgedPackets);
    }
}
