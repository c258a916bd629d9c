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

    [Fact]
    public async Task A_peer_that_restarted_and_dials_nobody_is_found_again_by_the_side_that_dialled_it()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(seed: 33);
        await cluster.RestartAsync(1);
        Assert.False(cluster.AreConnected(1, 0));
        cluster.RunUntil(() => cluster.ShareSession(0, 1), TimeSpan.FromMinutes(2));
        Send(cluster, "here again");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["here again"], cluster[0].Texts());
    }

    [Fact]
    public async Task A_stream_that_was_opened_to_listen_takes_what_a_restarted_peer_begins_also_when_its_first_packet_is_lost()
    {
        await using MeshTestCluster cluster = await RestartedAsync(seed: 34);
        MeshStream listening = cluster.Open(0, 1, 7, Sim.Reliable);
        int lost = 0;
        cluster.Network.Filter = (in TappedDatagram datagram) => !(Sim.IsPacket(datagram, out var header) && header.StreamId == 7 && header.Sequence == 0 && lost++ == 0);
        MeshStream speaking = cluster.Open(1, 0, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, speaking.Send("one"));
        Assert.Equal(SendStatus.Sent, speaking.Send("two"));
        cluster.Run(Sim.Seconds(2));
        Assert.True(lost > 0);
        Assert.True(speaking.IsOpen);
        var heard = new List<string>();
        await foreach (StreamMessage message in listening.ReadAllAsync())
        {
            heard.Add(message.GetString());
            if (heard.Count == 2)
                break;
        }
        Assert.Equal(["one", "two"], heard);
    }

    [Fact]
    public async Task Streams_of_a_peer_that_says_that_it_forgot_are_counted_from_0_again_on_both_sides()
    {
        await using MeshTestCluster cluster = await RestartedAsync(seed: 35);
        cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(0u, cluster[0].State(cluster[1].NodeId, 7).Epoch);
    }

    /// <summary>A peer of another make says nothing of its memory: it may have kept its streams after all.</summary>
    [Fact]
    public async Task After_a_restart_of_a_peer_that_says_nothing_no_lifetime_of_ours_has_the_number_of_an_earlier_one()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        _ = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        Assert.Equal(0u, cluster[0].State(hand.Id, 7).Epoch);
        cluster.Run(Sim.Seconds(30));
        hand.Connect(cluster[0]);
        _ = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        Assert.Equal(1u, cluster[0].State(hand.Id, 7).Epoch);
    }

    [Fact]
    public async Task A_relayed_peer_of_Net_0_27_takes_no_reliable_stream_and_others_without_credit()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false };
        hand.Connect(cluster[0]);
        PeerLink link = cluster[0].Link(hand.Id);
        cluster[0].Parts.Core.Peers.SetPath(link, link.Path with { IsRelayed = true });
        var refused = Assert.Throws<PeerException>(() => cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable));
        Assert.Equal("no-direct-path", refused.Kind);
        Assert.Equal(0, cluster[0].Streams.Open(hand.Id, 8).Options.WindowBytes);
    }

    // Node 1 sent on stream 7 in its first lifetime with 0, died, and came back.
    private static async Task<MeshTestCluster> RestartedAsync(int seed)
    {
        MeshTestCluster cluster = await Sim.PairAsync(seed);
        Send(cluster, "old");
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["old"], cluster[0].Texts());
        await cluster.RestartAsync(1);
        await cluster.ConnectAsync(1, 0);
        return cluster;
    }

    private static void Send(MeshTestCluster cluster, string text)
    {
        MeshStream stream = cluster[1].Streams.Open(cluster[0].NodeId, 7, new StreamOptions { Reliability = Reliability.Reliable });
        Assert.Equal(SendStatus.Sent, stream.TrySendAsync(System.Text.Encoding.UTF8.GetBytes(text)).AsTask().Result);
    }
}
