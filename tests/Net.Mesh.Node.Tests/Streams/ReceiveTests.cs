using System.Text;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Streams;

/// <summary>What a node does with the packets of streams as they come, good and bad.</summary>
public sealed class ReceiveTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("spec", "01 T4")]
    public async Task Events_of_refused_packets_never_reach_a_reader(bool isSecure)
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        HandPeer hand = Connected(cluster, isSecure);
        foreach (ulong sequence in new ulong[] { 0, 0, 1, 1, 0, 3, 3, 2, 2, 3, 69, 400, ulong.MaxValue, 4, 4 })
            hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = sequence }, BitConverter.GetBytes(sequence));
        cluster.Run(Sim.Ms(10));
        Assert.Equal([0, 1, 2, 3, 4], cluster[0].Receive(100).Select(e => BitConverter.ToUInt64(e.Payload.Span)).ToArray());
        Assert.Equal(7, cluster[0].Dropped(DropReason.Duplicate));
        Assert.Equal(3, cluster[0].Dropped(DropReason.TooFarAhead));
        // A refused packet is answered too: the last grant may be the one that was lost (01 §12.6).
        hand.Packets.Clear();
        hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = 7, Sequence = 4 }, [1]);
        cluster.Run(Sim.Ms(10));
        Assert.Equal(new StreamWindow(7, 5 * 96, 5), hand.Grants(7).Single());
    }

    [Fact]
    [Trait("spec", "01 T6")]
    [Trait("spec", "02 T9")]
    [Trait("spec", "02 I9")]
    public async Task Nothing_but_an_authentic_packet_keeps_a_session_alive()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        HandPeer hand = Connected(cluster);
        byte[] heartbeat = hand.Seal(new PacketHeader { Flags = PacketFlags.Heartbeat });
        byte[] data = hand.Seal(new PacketHeader { StreamId = 9 }, [1]);
        hand.SendRaw(heartbeat);
        hand.SendRaw(data);
        cluster.Run(Sim.Ms(10));
        Session session = node.Link(hand.Id).Current!;
        long heard = session.LastAuthenticated;
        Peer peer = node.Peers.All.Single();
        cluster.RunUntil(() =>
        {
            byte[] wrongTag = (byte[])heartbeat.Clone();
            wrongTag[^1] ^= 1;
            byte[] wrongCounter = (byte[])data.Clone();
            wrongCounter[16] ^= 0x40;
            node.Feed(hand.Transport.LocalAddress, heartbeat, data, wrongTag, wrongCounter, [.. heartbeat, 0], heartbeat[..^1], data[..^1]);
            return peer.Status == NodeStatus.Failed;
        }, Sim.Seconds(100));
        Assert.Equal(heard, session.LastAuthenticated);
        Assert.True(node.Dropped(DropReason.Replayed) > 0 && node.Dropped(DropReason.WrongTag) > 0 && node.Dropped(DropReason.MisplacedHeartbeat) > 0);
    }

    [Fact]
    [Trait("spec", "01 T8")]
    public async Task A_hole_that_a_reference_publisher_never_fills_neither_stops_the_stream_nor_its_credit()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        HandPeer hand = Connected(cluster, isSecure: false);
        ulong stream = StreamIds.ForChannel(0x1234);
        int sent = 0;
        for (ulong sequence = 0; sequence < 300; sequence++)
        {
            // One is lost for good; such a sender flags what it never repeats.
            if (sequence != 5)
            {
                hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = stream, Sequence = sequence, ChannelHash = 0x1234 }, BitConverter.GetBytes(sequence));
                sent++;
            }
            cluster.Run(Sim.Ms(50));
        }
        Assert.Equal(sent, cluster[0].Receive(1000).Count);
        // The publisher has paid for the lost one as well, and gets that back.
        Assert.Equal(new StreamWindow(stream, 300 * 96, 300), hand.Grants(stream).Last());
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(40, 5)]
    [InlineData(200, 5)]
    [InlineData(1, 2)]
    [Trait("spec", "01 T8")]
    public async Task A_burst_behind_a_hole_of_a_reference_publisher_arrives_whole_and_what_follows_does_too(int lost, int every)
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        HandPeer hand = Connected(cluster, isSecure: false);
        ulong stream = StreamIds.ForChannel(0x1234);
        var sent = new List<ulong>();
        void Send(ulong sequence)
        {
            sent.Add(sequence);
            hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = stream, Sequence = sequence, ChannelHash = 0x1234 }, BitConverter.GetBytes(sequence));
        }

        Send(0);
        // Holes of one packet and more, and all of it within a moment.
        for (ulong sequence = 1 + (ulong)lost; sequence < 600; sequence++)
        {
            if (lost > 1 || sequence % (ulong)every != 0)
                Send(sequence);
        }
        cluster.Run(Sim.Ms(300));
        Send(600);
        cluster.Run(Sim.Ms(300));
        Assert.Equal(sent, cluster[0].Receive(1000).Select(e => BitConverter.ToUInt64(e.Payload.Span)));
        Assert.Equal(new StreamWindow(stream, 601 * 96, 601), hand.Grants(stream).Last());
    }

    [Fact]
    [Trait("spec", "01 T8")]
    public async Task A_late_packet_of_a_channel_takes_its_place_and_a_hole_holds_nothing_up_for_long()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        HandPeer hand = Connected(cluster, isSecure: false);
        ulong stream = StreamIds.ForChannel(0x1234);
        foreach (ulong sequence in new ulong[] { 0, 2, 1, 4, 6, 8 })
            hand.Send(new PacketHeader { Flags = PacketFlags.Reliable, StreamId = stream, Sequence = sequence, ChannelHash = 0x1234 }, BitConverter.GetBytes(sequence));
        cluster.Run(Sim.Ms(20));
        Assert.Equal([0, 1, 2], cluster[0].Receive(100).Select(e => BitConverter.ToUInt64(e.Payload.Span)).ToArray());
        // Three holes are no older than one.
        cluster.Run(Sim.Ms(130));
        Assert.Equal([4, 6, 8], cluster[0].Receive(100).Select(e => BitConverter.ToUInt64(e.Payload.Span)).ToArray());
    }

    [Fact]
    [Trait("spec", "01 T9")]
    [Trait("spec", "02 T25")]
    public async Task A_stale_channel_hash_on_an_ordinary_stream_takes_its_events_nowhere_else()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        HandPeer hand = Connected(cluster, isSecure: false);
        // A feature that takes a channel asks for the id of the stream; the hash alone proves nothing.
        var channel = new PlaneProbe((stream, hash) => StreamIds.IsChannel(stream) && (ushort)stream == hash);
        var messages = new SubprotocolProbe(0xF123);
        cluster[0].Context.Register(channel);
        cluster[0].Context.Register(messages);
        MeshStream reading = cluster[0].Streams.Open(hand.Id, 7);
        hand.Send(new PacketHeader { StreamId = StreamIds.ForChannel(0xBEEF), ChannelHash = 0xBEEF }, "published"u8.ToArray());
        hand.Send(new PacketHeader { StreamId = 7, ChannelHash = 0xBEEF }, "plain"u8.ToArray());
        hand.Send(new PacketHeader { StreamId = 0xF123, SubprotocolId = 0xF123, ChannelHash = 0xBEEF }, "message"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal([(StreamIds.ForChannel(0xBEEF), "published")], channel.Taken);
        Assert.Equal("message", Encoding.UTF8.GetString(Assert.Single(messages.Messages)));
        IAsyncEnumerator<StreamMessage> reader = reading.ReadAllAsync().GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal("plain", reader.Current.GetString());
        // And what this node sends itself carries no hash.
        cluster[0].Streams.Open(hand.Id, 9).Send("x");
        cluster[0].Send(hand.Id, "y"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.All(hand.Packets, packet => Assert.Equal(0, packet.Header.ChannelHash));
    }

    [Fact]
    [Trait("spec", "01 T10")]
    [Trait("spec", "02 T22")]
    public async Task Events_on_the_ids_of_blob_transfers_are_not_swallowed_here()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        HandPeer hand = Connected(cluster);
        hand.Send(new PacketHeader { StreamId = 0x2000_0000_0000_0007 }, "here"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["here"], cluster[0].Texts());
    }

    [Fact]
    [Trait("spec", "01 T11")]
    public async Task Lost_packets_of_an_unreliable_stream_do_not_use_up_its_credit()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(3, new LinkProfile { Loss = 0.3, Latency = Sim.Ms(2) });
        MeshStream stream = cluster.Open(0, 1, 7);
        int sent = 0;
        // Two megabytes, a third of it lost: ten windows' worth.
        cluster.RunUntil(() =>
        {
            while (sent < 2_000 && stream.Send(new byte[1_000]) == SendStatus.Sent)
                sent++;
            cluster[1].Receive(1000);
            return sent == 2_000;
        }, Sim.Seconds(30));
        // And when everything in a window is lost, with every grant.
        cluster.Network.Block(cluster[0].Transport(), cluster[1].Transport());
        while (stream.Send(new byte[1_000]) == SendStatus.Sent)
        {
        }
        cluster.Network.Heal();
        cluster.RunUntil(() => stream.Send(new byte[60_000 % 8_000]) == SendStatus.Sent, Sim.Seconds(2));
        cluster.Run(Sim.Seconds(2));
        Assert.Equal(65_536, stream.Stats.CreditRemainingBytes);
    }

    [Fact]
    [Trait("spec", "01 T21")]
    public async Task Hostile_grants_and_acknowledgements_give_no_more_than_was_sent()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        HandPeer hand = Connected(cluster);
        MeshStream stream = cluster[0].Streams.Open(hand.Id, 7, new StreamOptions { WindowBytes = 10_000, Reliability = Reliability.Reliable });
        void Grant(ulong total, ulong ack)
        {
            var grant = new byte[StreamWindow.Bytes];
            new StreamWindow(7, total, ack).Write(grant);
            hand.Send(new PacketHeader { SubprotocolId = SubprotocolId.StreamWindow, StreamId = WireLimits.ControlStreamId }, grant);
            cluster.Run(Sim.Ms(3));
        }
        Grant(ulong.MaxValue, ulong.MaxValue);
        Assert.Equal(10_000, stream.Stats.CreditRemainingBytes);
        stream.Send(new byte[9_000]);
        Grant(ulong.MaxValue, ulong.MaxValue);
        Assert.Equal((10_000L, 0), (stream.Stats.CreditRemainingBytes, stream.Stats.UnacknowledgedPackets));
        stream.Send(new byte[8_000]);
        Assert.Equal(SendStatus.Backpressure, stream.Send(new byte[8_000]));
        Grant(5, 0);
        Assert.Equal(SendStatus.Backpressure, stream.Send(new byte[8_000]));
        Grant(9_000 + 176 + 84 + 8_000 + 88 - 84, 3);
        Assert.Equal(SendStatus.Sent, stream.Send(new byte[8_000]));
    }

    [Fact]
    [Trait("spec", "01 T26")]
    public async Task A_quiet_reliable_stream_repeats_nothing_and_stays_open()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync();
        MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable);
        for (int i = 0; i < 100; i++)
        {
            stream.Send($"{i}");
            cluster.Run(Sim.Ms(3));
        }
        cluster.Run(TimeSpan.FromMinutes(2));
        Assert.True(stream.IsOpen);
        Assert.Equal((0L, 0), (stream.Stats.Retransmissions, stream.Stats.UnacknowledgedPackets));
        Assert.Equal(100, cluster[1].Texts().Length);
        Assert.Equal(SendStatus.Sent, stream.Send("after"));
    }

    [Fact]
    [Trait("spec", "02 T21")]
    public async Task Every_event_of_a_packet_is_taken_by_its_handler_and_by_stream_control()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        HandPeer hand = Connected(cluster);
        var probe = new SubprotocolProbe(0xF123);
        cluster[0].Context.Register(probe);
        hand.Send(new PacketHeader { SubprotocolId = 0xF123, StreamId = 0xF123 }, "1"u8.ToArray(), [], "3"u8.ToArray());
        MeshStream one = cluster[0].Streams.Open(hand.Id, 7, Sim.Reliable);
        MeshStream other = cluster[0].Streams.Open(hand.Id, 8, Sim.Reliable);
        one.Send("x");
        other.Send("x");
        cluster.Run(Sim.Ms(5));
        byte[][] grants = [.. new ulong[] { 7, 8 }.Select(id =>
        {
            var grant = new byte[StreamWindow.Bytes];
            new StreamWindow(id, 89, 1).Write(grant);
            return grant;
        })];
        hand.Send(new PacketHeader { SubprotocolId = SubprotocolId.StreamWindow, StreamId = WireLimits.ControlStreamId }, grants);
        cluster.Run(Sim.Ms(5));
        Assert.Equal(["1", "", "3"], probe.Messages.Select(Encoding.UTF8.GetString));
        Assert.All(probe.Senders, sender => Assert.Equal(hand.Id, sender));
        Assert.Equal((0, 0), (one.Stats.UnacknowledgedPackets, other.Stats.UnacknowledgedPackets));
    }

    private static HandPeer Connected(MeshTestCluster cluster, bool isSecure = true)
    {
        var hand = new HandPeer(cluster) { IsSecure = isSecure };
        hand.Connect(cluster[0]);
        return hand;
    }
}
