using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>Streams over a bad network, in virtual time.</summary>
public sealed class LossyTests
{
    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.05, 2)]
    [InlineData(0.2, 3)]
    [InlineData(0.2, 4)]
    public async Task A_reliable_stream_delivers_everything_once_and_in_order(double loss, int seed)
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed,
            new LinkProfile { Loss = loss, Latency = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.FromMilliseconds(5), Duplication = 0.05 });
        await cluster.ConnectAsync(0, 1);
        MeshStream sending = cluster[0].Streams.Open(cluster[1].NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        var received = new List<int>();
        int sent = 0;
        cluster.RunUntil(() =>
        {
            while (sent < 500 && sending.TrySendAsync(BitConverter.GetBytes(sent)).AsTask().Result == SendStatus.Sent)
                sent++;
            received.AddRange(cluster[1].Receive(1000).Select(e => BitConverter.ToInt32(e.Payload.Span)));
            return received.Count >= 500;
        }, TimeSpan.FromMinutes(5));
        cluster.Run(TimeSpan.FromSeconds(5));
        received.AddRange(cluster[1].Receive(1000).Select(e => BitConverter.ToInt32(e.Payload.Span)));
        Assert.Equal(Enumerable.Range(0, 500), received);
    }

    [Fact]
    public async Task Three_nodes_in_a_line_talk_through_the_middle()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(3, 5);
        await cluster.ConnectLineAsync();
        cluster.Run(TimeSpan.FromSeconds(20));
        Peer far = await cluster.ConnectAsync(0, 2, via: 1);
        Assert.True(far.IsRelayed);
        MeshStream sending = cluster[0].Streams.Open(cluster[2].NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, await sending.TrySendAsync("hello"u8.ToArray()));
        ReceivedEvent? got = null;
        cluster.RunUntil(() => (got ??= cluster[2].Receive(1) is [var e] ? e : null) is not null, TimeSpan.FromSeconds(5));
        Assert.Equal("hello", got!.Value.GetString());
        cluster.RunUntil(() => sending.Stats.UnacknowledgedPackets == 0, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_crashed_peer_is_suspected_then_failed_and_comes_back_after_a_restart()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 6);
        await cluster.ConnectAsync(0, 1);
        cluster.Crash(1);
        Assert.True(cluster[0].Peers.TryGet(cluster[1].NodeId, out Peer? peer));
        cluster.RunUntil(() => peer.Status == NodeStatus.Suspected, TimeSpan.FromSeconds(70));
        cluster.RunUntil(() => peer.Status == NodeStatus.Failed, TimeSpan.FromSeconds(40));
        await cluster.RestartAsync(1);
        await cluster.ConnectAsync(1, 0);
        cluster.RunUntil(() => peer.Status == NodeStatus.Healthy, TimeSpan.FromSeconds(1));
    }
}
