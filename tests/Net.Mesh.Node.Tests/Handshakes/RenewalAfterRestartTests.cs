using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Handshakes;

public sealed class RenewalAfterRestartTests
{
    [Fact]
    public async Task A_peer_that_restarted_does_not_go_on_with_streams_that_it_does_not_know()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed: 31);
        await cluster.ConnectAsync(0, 1);
        Send(cluster, "old");
        cluster.RunUntil(() => cluster[0].Receive(10).Count == 1, TimeSpan.FromSeconds(5));

        await cluster.RestartAsync(1);
        Task renewing = cluster[0].Peers.RenewAsync(cluster[1].NodeId);
        cluster.RunUntil(() => cluster.ShareSession(0, 1), TimeSpan.FromSeconds(10));
        await renewing;

        // Its first sequence again: on the old stream it would pass for a repetition, be acknowledged, and be lost.
        Send(cluster, "new");
        string? received = null;
        cluster.RunUntil(() => (received ??= cluster[0].Receive(10) is [var first] ? first.GetString() : null) is not null, TimeSpan.FromSeconds(5));
        Assert.Equal("new", received);
    }

    [Fact]
    public async Task A_peer_that_is_still_there_goes_on_with_them()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed: 32);
        await cluster.ConnectAsync(0, 1);
        MeshStream stream = cluster[1].Streams.Open(cluster[0].NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        ulong? before = cluster[0].Peers.All[0].SessionId;
        Task renewing = cluster[0].Peers.RenewAsync(cluster[1].NodeId);
        cluster.RunUntil(() => cluster.ShareSession(0, 1) && cluster[0].Peers.All[0].SessionId != before, TimeSpan.FromSeconds(10));
        await renewing;
        Assert.Equal(SendStatus.Sent, await stream.TrySendAsync("on"u8.ToArray()));
        cluster.RunUntil(() => cluster[0].Receive(10).Count == 1, TimeSpan.FromSeconds(5));
    }

    private static void Send(MeshTestCluster cluster, string text)
    {
        MeshStream stream = cluster[1].Streams.Open(cluster[0].NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, stream.TrySendAsync(System.Text.Encoding.UTF8.GetBytes(text)).AsTask().Result);
    }
}
