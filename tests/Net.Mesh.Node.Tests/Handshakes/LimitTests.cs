using System.Net;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>What handshakes cost at most: floods, tentative sessions, the peer table, replays (spec 11 §5).</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task A_source_gets_so_many_handshakes_a_second_and_no_more()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options => options.HandshakesPerSecondPerSource = 10);
        var hand = new HandPeer(cluster) { Confirms = false };
        var other = new HandPeer(cluster, 78);
        for (int i = 0; i < 30; i++)
            hand.Dial(cluster[0]);
        cluster.Run(Sim.Ms(100));
        Assert.Equal(20, cluster[0].Dropped(DropReason.HandshakeRateLimited));
        Assert.Equal(10, hand.Handshakes.Count);
        other.Connect(cluster[0]);
        cluster.Run(Sim.Seconds(1));
        hand.Dial(cluster[0]);
        cluster.Run(Sim.Ms(100));
        Assert.Equal(11, hand.Handshakes.Count);
    }

    [Fact]
    public async Task All_sources_together_get_so_many_handshakes_a_second_and_no_more()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options => options.HandshakesPerSecond = 100);
        byte[] message = new HandPeer(cluster).FirstMessage(cluster[0], out _);
        for (int i = 0; i < 300; i++)
            cluster.Network.Inject(new IPEndPoint(IPAddress.Parse($"10.10.{i / 250}.{1 + (i % 250)}"), 5000 + i), cluster[0].LocalEndPoint, message);
        cluster.Run(Sim.Ms(100));
        Assert.Equal(200, cluster[0].Dropped(DropReason.HandshakeRateLimited));
        cluster.Run(Sim.Seconds(1));
        new HandPeer(cluster, 78).Connect(cluster[0]);
    }

    [Fact]
    public async Task Tentative_sessions_are_bounded_expire_and_leave_nothing()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options =>
        {
            options.MaxTentativeSessions = 8;
            options.HandshakesPerSecondPerSource = 1000;
        });
        MeshNode node = cluster[0];
        for (int i = 0; i < 20; i++)
            new HandPeer(cluster, 100 + i) { Confirms = false }.Dial(node);
        cluster.Run(Sim.Ms(100));
        Assert.Equal(8, node.Parts.Core.Peers.Count);
        Assert.Equal(8, node.Parts.Core.Peers.Sessions.Count());
        Assert.Empty(node.Peers.All);
        cluster.Run(Sim.Seconds(16));
        Assert.Equal(0, node.Parts.Core.Peers.Count);
        Assert.Empty(node.Parts.Core.Peers.Sessions);
        Assert.True(node.Parts.Book.IsIdle);
    }

    [Fact]
    public async Task A_peer_beyond_the_limit_is_refused_on_both_sides()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options => options.MaxPeers = 2);
        MeshNode node = cluster[0];
        new HandPeer(cluster, 80).Connect(node);
        new HandPeer(cluster, 81).Connect(node);
        var third = new HandPeer(cluster, 82) { Answers = true };
        third.Dial(node);
        cluster.Run(Sim.Seconds(1));
        Assert.Null(third.Session);
        Assert.Equal(1, node.Dropped(DropReason.TooManyPeers));
        Task<Peer> dialling = node.Peers.ConnectAsync(third.Address, third.StaticKey.PublicKey, third.Id);
        PeerException failure = await Assert.ThrowsAsync<PeerException>(() => cluster.RunUntilCompletedAsync(dialling, Sim.Seconds(30)));
        Assert.Equal("too-many-peers", failure.Kind);
        Assert.Equal(2, node.Peers.Count);
    }

    [Fact]
    [Trait("spec", "02 I10")]
    public async Task Ten_thousand_replays_of_a_first_message_disturb_nothing_and_cost_no_state()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(options =>
        {
            options.HandshakesPerSecond = 100_000;
            options.HandshakesPerSecondPerSource = 100_000;
        });
        MeshNode node = cluster[0];
        var hand = new HandPeer(cluster);
        byte[] recorded = [];
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (recorded.Length == 0 && Sim.IsHandshake(datagram))
                recorded = datagram.Bytes.ToArray();
        };
        hand.Connect(node);
        cluster.Network.Tap = null;
        ulong session = hand.Session!.Id;
        int answers = hand.Handshakes.Count;
        MeshStream stream = node.Streams.Open(hand.Id, 7, Sim.Reliable);
        long sessionsBefore = node.Parts.Core.Peers.Sessions.Count();
        for (int i = 0; i < 10_000; i++)
            node.Feed(hand.Transport.LocalAddress, recorded);
        cluster.Run(Sim.Ms(50));
        Assert.Equal(10_000, node.Dropped(DropReason.HandshakeReplayed));
        Assert.Equal(answers, hand.Handshakes.Count);
        Assert.Equal(sessionsBefore, node.Parts.Core.Peers.Sessions.Count());
        Assert.Equal(session, node.Peers.All.Single().SessionId);
        Assert.True(stream.IsOpen);
        Assert.Equal(SendStatus.Sent, stream.Send("still here"));
        cluster.Run(Sim.Ms(50));
        Assert.Contains(hand.Packets, packet => packet.Header.StreamId == 7);
    }

    [Fact]
    public async Task A_first_message_recorded_before_a_restart_brings_up_no_session_when_it_is_replayed_after()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        byte[] recorded = hand.FirstMessage(cluster[0], out _);
        hand.SendRaw(recorded, cluster[0].LocalEndPoint);
        cluster.Run(Sim.Ms(100));
        await cluster.RestartAsync(0);
        hand.Connect(cluster[0]);
        ulong session = hand.Session!.Id;
        cluster.Network.Inject(hand.Address, cluster[0].LocalEndPoint, recorded);
        cluster.Run(Sim.Seconds(1));
        // It is answered, since nobody can remember over a restart, and comes to nothing: nobody can confirm it.
        Assert.Equal(session, cluster[0].Peers.All.Single().SessionId);
        cluster.Run(Sim.Seconds(20));
        Assert.Single(cluster[0].Parts.Core.Peers.Sessions);
        Assert.Equal(session, cluster[0].Peers.All.Single().SessionId);
    }

    [Fact]
    public async Task A_renewal_that_is_never_confirmed_leaves_nothing()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(5);
        ulong first = cluster.PeerOf(0, 1).SessionId!.Value;
        // Everything of the new session is lost on its way; the old one works on.
        cluster.Network.Filter = (in TappedDatagram datagram) => !Sim.IsPacket(datagram, out Wire.PacketHeader header) || header.SessionId == first;
        for (int i = 0; i < 5; i++)
        {
            Task renewing = cluster[0].Peers.RenewAsync(cluster[1].NodeId);
            PeerException failure = await Assert.ThrowsAsync<PeerException>(() => cluster.RunUntilCompletedAsync(renewing, Sim.Seconds(60)));
            Assert.Equal("handshake-timeout", failure.Kind);
            cluster.Run(Sim.Seconds(30));
        }
        Assert.Equal(first, cluster.PeerOf(0, 1).SessionId);
        Assert.Equal(first, cluster.PeerOf(1, 0).SessionId);
        Assert.Single(cluster[1].Parts.Core.Peers.Sessions);
        Assert.Single(cluster[0].Parts.Core.Peers.Sessions);
    }
}
