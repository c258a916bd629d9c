using System.Net;
using System.Text;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>How sessions are renewed, replaced, moved and ended.</summary>
public sealed class SessionLifeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Renewing_under_load_on_a_lossy_link_loses_doubles_and_delays_nothing(int seed)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(seed, new LinkProfile { Loss = 0.05, Latency = Sim.Ms(5), Jitter = Sim.Ms(3), Duplication = 0.02 }, options =>
        {
            options.HandshakeTimeout = Sim.Ms(300);
            options.HandshakeAttempts = 20;
        });
        MeshStream reliable = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream back = cluster.Open(1, 0, 9, Sim.Reliable);
        MeshStream steady = cluster.Open(0, 1, 8);
        int sent = 0, returned = 0;
        var received = new List<int>();
        var atZero = new List<int>();
        double lastArrival = 0, longestPause = 0;
        ulong firstSession = cluster.PeerOf(0, 1).SessionId!.Value;
        Task? renewing = null;
        for (int millisecond = 0; millisecond < 6_000; millisecond++)
        {
            steady.Send("tick");
            while (sent < millisecond && reliable.Send(BitConverter.GetBytes(sent)) == SendStatus.Sent)
                sent++;
            while (returned < millisecond && back.Send(BitConverter.GetBytes(returned)) == SendStatus.Sent)
                returned++;
            if (millisecond % 1_000 == 500)
            {
                for (int i = 0; i < 50 && renewing is { IsCompleted: false }; i++)
                    await Sim.TurnAsync();
                renewing = renewing is null or { IsCompleted: true } ? cluster[0].Peers.RenewAsync(cluster[1].NodeId) : renewing;
            }
            cluster.Run(Sim.Ms(1));
            foreach (ReceivedEvent e in cluster[1].Receive(1000))
            {
                if (e.StreamId == 8)
                {
                    longestPause = Math.Max(longestPause, millisecond - lastArrival);
                    lastArrival = millisecond;
                }
                else
                {
                    received.Add(BitConverter.ToInt32(e.Payload.Span));
                }
            }
            atZero.AddRange(cluster[0].Receive(1000).Select(e => BitConverter.ToInt32(e.Payload.Span)));
        }
        cluster.RunUntil(() => reliable.Stats.UnacknowledgedPackets == 0 && back.Stats.UnacknowledgedPackets == 0, Sim.Seconds(20));
        received.AddRange(cluster[1].Receive(100_000).Where(e => e.StreamId == 7).Select(e => BitConverter.ToInt32(e.Payload.Span)));
        atZero.AddRange(cluster[0].Receive(100_000).Select(e => BitConverter.ToInt32(e.Payload.Span)));
        Assert.Equal(Enumerable.Range(0, sent), received);
        Assert.Equal(Enumerable.Range(0, returned), atZero);
        Assert.InRange(cluster[0].Statistics.SessionsRenewed, 3, 6);
        Assert.NotEqual(firstSession, cluster.PeerOf(0, 1).SessionId);
        Assert.InRange(longestPause, 1, 50);
        Assert.True(sent > 1_000, $"only {sent} of 6000 were sent");
    }

    [Fact]
    public async Task Keys_are_renewed_by_the_side_that_dialled_every_interval_and_old_ones_are_wiped()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(4, null, options => options.RekeyInterval = TimeSpan.FromMinutes(1));
        MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable);
        var sessions = new HashSet<ulong>();
        for (int minute = 0; minute < 5; minute++)
        {
            sessions.Add(cluster.PeerOf(0, 1).SessionId!.Value);
            Assert.Equal(SendStatus.Sent, stream.Send($"{minute}"));
            cluster.Run(TimeSpan.FromSeconds(70));
        }
        Assert.Equal(5, sessions.Count);
        Assert.Equal(["0", "1", "2", "3", "4"], cluster[1].Texts());
        cluster.Run(Sim.Seconds(15));
        Assert.True(cluster.ShareSession(0, 1));
        Assert.Single(cluster[0].Parts.Core.Peers.Sessions);
        Assert.Single(cluster[1].Parts.Core.Peers.Sessions);
        Assert.Equal("not-initiator", (await Assert.ThrowsAsync<PeerException>(() => cluster[1].Peers.RenewAsync(cluster[0].NodeId))).Kind);
    }

    [Fact]
    public async Task A_handshake_that_names_another_session_than_the_current_one_starts_with_fresh_streams()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        ulong first = hand.Session!.Id;
        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        hand.Connect(cluster[0], renews: first);
        Assert.True(stream.IsOpen);
        Assert.NotEqual(first, hand.Session.Id);
        hand.Connect(cluster[0], renews: first ^ 1);
        Assert.False(stream.IsOpen);
    }

    [Fact]
    public async Task A_restarted_peer_replaces_its_session_at_once_and_the_old_streams_end()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(6);
        MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, stream.Send("before"));
        cluster.Run(Sim.Ms(50));
        await cluster.RestartAsync(1);
        await cluster.ConnectAsync(1, 0);
        Assert.True(cluster.ShareSession(0, 1));
        Assert.Equal(SendStatus.NotConnected, stream.Send("into the old life"));
        StreamException failure = await Assert.ThrowsAsync<StreamException>(async () => await stream.SendAsync("x"u8.ToArray()));
        Assert.Equal("replaced", failure.Kind);
        MeshStream again = cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, again.Send("after"));
        cluster.Run(Sim.Ms(50));
        Assert.Equal(["after"], cluster[1].Texts());
    }

    [Fact]
    public async Task A_tentative_session_replaces_nothing()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        ulong first = hand.Session!.Id;
        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        // The same identity from elsewhere, answered and never confirmed.
        var copy = new HandPeer(cluster, hand.Identity) { Confirms = false };
        copy.Dial(cluster[0]);
        cluster.Run(Sim.Seconds(1));
        Assert.NotNull(copy.Session);
        Assert.Equal(first, cluster[0].Peers.All.Single().SessionId);
        hand.Send(new PacketHeader { StreamId = 9 }, "still me"u8.ToArray());
        cluster.Run(Sim.Seconds(20));
        Assert.Equal(["still me"], cluster[0].Texts());
        Assert.True(stream.IsOpen);
        Assert.Single(cluster[0].Parts.Core.Peers.Sessions);
    }

    [Fact]
    public async Task A_peer_that_leaves_in_order_is_gone_at_once()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(6);
        MeshStream stream = cluster.Open(1, 0, 7, Sim.Reliable);
        Peer peer = cluster.PeerOf(1, 0);
        await cluster.RunUntilCompletedAsync(cluster[0].ShutdownAsync(), Sim.Seconds(30));
        cluster.Run(Sim.Ms(10));
        Assert.False(peer.IsConnected);
        Assert.Equal(0, cluster[1].Peers.Count);
        Assert.Equal(0, cluster[1].FailureDetector.Statistics.Tracked);
        StreamException failure = await Assert.ThrowsAsync<StreamException>(async () => await stream.SendBlockingAsync("x"u8.ToArray()));
        Assert.Equal("peer-left", failure.Kind);
        cluster.Run(Sim.Seconds(12));
        Assert.Empty(cluster[1].Parts.Core.Peers.Sessions);
    }

    [Fact]
    public async Task A_peer_whose_address_changes_is_followed_in_both_directions()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(7);
        MeshStream there = cluster.Open(0, 1, 7, Sim.Reliable);
        MeshStream back = cluster.Open(1, 0, 8, Sim.Reliable);
        there.Send("1");
        back.Send("1");
        cluster.Run(Sim.Ms(20));
        IPEndPoint moved = IPEndPoint.Parse("203.0.113.7:4711");
        cluster.Network.ChangeAddress(cluster[0].Transport(), moved);
        back.Send("2");
        there.Send("2");
        cluster.Run(Sim.Ms(500));
        Assert.Equal(moved, cluster.PeerOf(1, 0).Address);
        there.Send("3");
        back.Send("3");
        cluster.Run(Sim.Ms(500));
        Assert.Equal(["1", "2", "3"], cluster[1].Texts());
        Assert.Equal(["1", "2", "3"], cluster[0].Texts());
        // Also when the one that moved has nothing to say: its next sign of life shows where it is.
        IPEndPoint again = IPEndPoint.Parse("203.0.113.8:4712");
        cluster.Network.ChangeAddress(cluster[0].Transport(), again);
        back.Send("4");
        cluster.RunUntil(() => cluster.PeerOf(1, 0).Address.Equals(again), Sim.Seconds(6));
        cluster.Run(Sim.Seconds(3));
        Assert.Equal(["4"], cluster[0].Texts());
    }

    [Fact]
    public async Task An_old_packet_from_elsewhere_does_not_move_a_peer()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        byte[] held = hand.Seal(new PacketHeader { Flags = PacketFlags.Heartbeat });
        hand.SendHeartbeat();
        cluster.Run(Sim.Ms(10));
        cluster[0].Feed(Sim.AddressOf("198.51.100.1:1"), held);
        Assert.Equal(hand.Address, cluster[0].Peers.All.Single().Address);
    }

    [Fact]
    [Trait("spec", "02 T6")]
    public async Task A_caller_whose_answer_was_lost_is_answered_again()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 3);
        Task<Peer> accepting = cluster[1].Peers.AcceptAsync(cluster[0].NodeId);
        int answers = 0;
        cluster.Network.Filter = (in TappedDatagram datagram) =>
            !Sim.IsHandshake(datagram) || datagram.Source != cluster[1].Transport().LocalAddress || ++answers > 2;
        Task<Peer> dialling = cluster[0].Peers.ConnectAsync(cluster[1].LocalEndPoint, cluster[1].PublicKey, cluster[1].NodeId, HandshakeForm.Direct);
        await cluster.RunUntilCompletedAsync(Task.WhenAll(dialling, accepting), Sim.Seconds(20));
        Assert.Equal(3, answers);
        Assert.True(cluster.ShareSession(0, 1));
    }

    [Fact]
    [Trait("spec", "02 T6")]
    public async Task A_reference_caller_whose_answer_was_lost_is_answered_again()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false, Confirms = false };
        Task<Peer> accepting = cluster[0].Peers.AcceptAsync(hand.Id);
        // Nothing in the direct form of Net 0.27 says who calls; the first answer goes astray.
        byte[] first = hand.FirstMessage(cluster[0], out _, payload: _ => [])[WireLimits.RoutingHeaderBytes..];
        cluster[0].Feed(Sim.AddressOf("10.7.7.7:1"), first);
        await accepting;
        byte[] second = hand.FirstMessage(cluster[0], out _, payload: _ => [])[WireLimits.RoutingHeaderBytes..];
        hand.SendRaw(second, cluster[0].LocalEndPoint);
        cluster.Run(Sim.Ms(100));
        Assert.Single(hand.Handshakes);
    }

    [Fact]
    [Trait("spec", "02 T8")]
    public async Task Nodes_may_be_expected_at_any_time_and_several_at_once()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(5, 3);
        Task<Peer>[] accepting = [.. Enumerable.Range(1, 4).Select(i => cluster[0].Peers.AcceptAsync(cluster[i].NodeId))];
        using var withdrawn = new CancellationTokenSource();
        Task<Peer> nobody = cluster[0].Peers.AcceptAsync(new NodeId(12345), withdrawn.Token);
        Task<Peer>[] dialling = [.. Enumerable.Range(1, 4).Select(i => cluster[i].Peers.ConnectAsync(cluster[0].LocalEndPoint, cluster[0].PublicKey, cluster[0].NodeId, HandshakeForm.Direct))];
        await cluster.RunUntilCompletedAsync(Task.WhenAll([.. accepting, .. dialling]), Sim.Seconds(1));
        Assert.Equal(Enumerable.Range(1, 4).Select(i => cluster[i].NodeId), accepting.Select(task => task.Result.NodeId));
        await withdrawn.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => nobody);
    }

    [Fact]
    [Trait("spec", "02 T5")]
    public async Task Two_peers_whose_ids_end_alike_do_not_interfere()
    {
        (Identity one, Identity other) = Twins.Make();
        Assert.Equal(one.NodeId.RoutingId, other.NodeId.RoutingId);
        Assert.NotEqual(one.NodeId, other.NodeId);
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var twins = new[] { new HandPeer(cluster, one) { Answers = true, Confirms = false }, new HandPeer(cluster, other) { Answers = true, Confirms = false } };
        Task<Peer>[] dialling = [.. twins.Select(twin => cluster[0].Peers.ConnectAsync(twin.Address, twin.StaticKey.PublicKey, twin.Id))];
        await cluster.RunUntilCompletedAsync(Task.WhenAll(dialling), Sim.Seconds(1));
        Assert.Equal(twins.Select(twin => twin.Id), dialling.Select(task => task.Result.NodeId));
        for (int i = 0; i < 2; i++)
            Assert.Equal(SendStatus.Sent, cluster[0].Send(twins[i].Id, Encoding.UTF8.GetBytes($"{i}")));
        cluster.Run(Sim.Ms(20));
        for (int i = 0; i < 2; i++)
            Assert.Contains(twins[i].Packets, packet => packet.Events is [var only] && Encoding.UTF8.GetString(only) == $"{i}");
        // And when they call.
        foreach (HandPeer twin in twins)
        {
            twin.Confirms = true;
            twin.Connect(cluster[0]);
        }
        Assert.Equal(2, cluster[0].Peers.Count);
    }
}
