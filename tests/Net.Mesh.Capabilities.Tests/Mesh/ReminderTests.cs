using Net.Mesh.Testing;

namespace Net.Mesh.Capabilities.Tests.Mesh;

public sealed class ReminderTests
{
    [Fact]
    public async Task Each_peer_is_told_once_a_second_after_it_came()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 1);
        await cluster.ConnectAsync(0, 1);
        await cluster.ConnectAsync(0, 2);
        Peer[] peers = [.. cluster[0].Peers.All];
        var time = new VirtualTimeProvider();
        var told = new List<(NodeId Peer, TimeSpan At)>();
        using var reminders = new Reminders(time, peer => told.Add((peer.NodeId, time.Elapsed)));

        reminders.Add(peers[0]);
        time.Advance(TimeSpan.FromMilliseconds(400));
        reminders.Add(peers[1]);
        time.Advance(TimeSpan.FromSeconds(10));
        reminders.Add(peers[0]);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(
            [(peers[0].NodeId, TimeSpan.FromSeconds(1)), (peers[1].NodeId, TimeSpan.FromSeconds(1.4)), (peers[0].NodeId, TimeSpan.FromSeconds(11.4))],
            told);
    }
}
