using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Dispatch;

/// <summary>The rows of spec 02 §6.5 against a live node: each is counted and has no other effect.</summary>
public sealed class BadInputTests
{
    private static readonly DatagramAddress Stranger = Sim.AddressOf("198.51.100.7:4000");

    [Fact]
    [Trait("spec", "02 I4")]
    public async Task A_routed_packet_without_time_to_live_or_without_a_route_goes_nowhere()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        byte[] inner = PacketTo(1);
        long sent = cluster[0].Statistics.Transport.DatagramsSent;
        cluster[0].Feed(Stranger, HandPeer.Routed(cluster[1].NodeId.Value, 1, inner, ttl: 0));
        Assert.Equal(1, cluster[0].Dropped(DropReason.TtlExpired));
        cluster[0].Feed(Stranger, HandPeer.Routed(0xDEAD, 1, inner));
        Assert.Equal(1, cluster[0].Dropped(DropReason.NoRoute));
        Assert.Equal(sent, cluster[0].Statistics.Transport.DatagramsSent);
        cluster[0].Feed(Stranger, HandPeer.Routed(cluster[1].NodeId.Value, 1, inner, ttl: 1));
        Assert.Equal(sent + 1, cluster[0].Statistics.Transport.DatagramsSent);
        Assert.Equal(1, cluster[0].Statistics.PacketsForwarded);
    }

    [Fact]
    public async Task A_routed_packet_is_not_sent_back_nor_round_in_circles()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        byte[] inner = PacketTo(1);
        cluster[0].Feed(cluster[1].Transport().LocalAddress, HandPeer.Routed(cluster[1].NodeId.Value, 1, inner));
        cluster[0].Feed(Stranger, HandPeer.Routed(cluster[1].NodeId.Value, cluster[0].NodeId.RoutingId, inner));
        Assert.Equal(2, cluster[0].Dropped(DropReason.RoutingLoop));
        Assert.Equal(0, cluster[0].Statistics.PacketsForwarded);
    }

    [Fact]
    [Trait("spec", "02 I5")]
    [Trait("spec", "02 I9")]
    public async Task Heartbeats_are_taken_from_the_link_only_and_only_when_they_are_whole()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        var hand = new HandPeer(cluster);
        hand.Connect(node);
        cluster.Run(Sim.Seconds(2));
        Session session = node.Link(hand.Id).Current!;
        long heard = session.LastAuthenticated;
        var flags = new PacketHeader { Flags = PacketFlags.Heartbeat };
        DatagramAddress from = hand.Transport.LocalAddress;
        node.Feed(from, HandPeer.Routed(node.NodeId.Value, hand.Id.RoutingId, hand.Seal(flags)));
        node.Feed(from, hand.Seal(flags, [1, 2, 3]));
        node.Feed(from, [.. hand.Seal(flags), 0]);
        node.Feed(from, hand.Seal(flags)[..^1]);
        Assert.Equal(4, node.Dropped(DropReason.MisplacedHeartbeat));
        byte[] forged = hand.Seal(flags);
        forged[^1] ^= 1;
        node.Feed(from, forged);
        Assert.Equal(1, node.Dropped(DropReason.WrongTag));
        Assert.Equal(heard, session.LastAuthenticated);
        byte[] good = hand.Seal(flags);
        node.Feed(from, good, good);
        Assert.Equal(1, node.Dropped(DropReason.Replayed));
        Assert.NotEqual(heard, session.LastAuthenticated);
    }

    [Fact]
    [Trait("spec", "02 I15")]
    public async Task A_message_without_a_handler_is_an_event_unless_its_id_belongs_to_the_protocol()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        foreach (ushort id in new ushort[] { 0x0400, 0x0600, 0x0700, 0x0800, 0x1234, 0xF001, 0xFFFF })
            hand.Send(new PacketHeader { SubprotocolId = id, StreamId = id }, System.Text.Encoding.UTF8.GetBytes($"{id:x4}"));
        foreach (ushort id in new ushort[] { 0x0500, 0x0A00, 0x0C00, 0x0E00, 0x0F00, 0x1000, 0x1100 })
            hand.Send(new PacketHeader { SubprotocolId = id, StreamId = id }, "dropped"u8.ToArray(), []);
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["0400", "0600", "0700", "0800", "1234", "f001", "ffff"], cluster[0].Texts().Order(StringComparer.Ordinal));
        Assert.Equal(0, cluster[0].Dropped(DropReason.HandlerFailed));
    }

    [Fact]
    public async Task A_handler_that_throws_is_counted_and_harms_nobody()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        cluster[0].Context.Register(new Failing());
        hand.Send(new PacketHeader { SubprotocolId = 0xF123, StreamId = 0xF123 }, [1], [2]);
        hand.Send(new PacketHeader { StreamId = 9 }, "alive"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal(2, cluster[0].Dropped(DropReason.HandlerFailed));
        Assert.Equal(["alive"], cluster[0].Texts());
    }

    [Fact]
    public async Task Control_messages_of_a_wrong_length_are_ignored_and_counted()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        foreach (ushort id in new[] { SubprotocolId.StreamWindow, SubprotocolId.StreamNack, SubprotocolId.StreamReset, SubprotocolId.StreamLifecycle })
        {
            foreach (int length in new[] { 1, 7, 9, 20, 23, 25, 100 })
                hand.Send(new PacketHeader { SubprotocolId = id, StreamId = WireLimits.ControlStreamId }, new byte[length]);
        }
        cluster.Run(Sim.Ms(10));
        Assert.Equal(28, cluster[0].Dropped(DropReason.MalformedControl));
        Assert.True(stream.IsOpen);
    }

    [Fact]
    public async Task A_blocked_address_is_neither_heard_nor_sent_to()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        cluster[0].Peers.Block(cluster[1].LocalEndPoint);
        MeshStream stream = cluster.Open(0, 1, 7);
        Assert.Equal(SendStatus.Sent, stream.Send("into the void"));
        cluster.Open(1, 0, 8).Send("unheard");
        cluster.Run(Sim.Seconds(6));
        Assert.Empty(cluster[0].Texts());
        Assert.Empty(cluster[1].Texts());
        Assert.True(cluster[0].Dropped(DropReason.Blocked) > 0);
        cluster[0].Peers.Unblock(cluster[1].LocalEndPoint);
        stream.Send("heard");
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["heard"], cluster[1].Texts());
    }

    private static byte[] PacketTo(byte fill)
    {
        byte[] packet = new byte[100];
        Array.Fill(packet, fill);
        new PacketHeader { SessionId = 1, PayloadLength = 16 }.Write(packet);
        return packet;
    }

    private sealed class Failing : ISubprotocolHandler
    {
        public ushort SubprotocolId => 0xF123;

        public void OnMessage(in SubprotocolMessage message) => throw new FormatException("no");
    }
}
