using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Dispatch;

/// <summary>The sealed packets of the vectors through a session and through a live node.</summary>
public sealed class WireVectorTests
{
    private static readonly DatagramAddress Source = Sim.AddressOf("10.9.9.9:9000");
    private static readonly JsonElement Handshake = Vectors.Wire("handshakes").Named("mesh-direct");
    private static readonly JsonElement[] Packets = [.. Vectors.Wire("sealedPackets").GetProperty("packets").EnumerateArray()];

    [Fact]
    public void A_session_seals_what_the_vectors_show_byte_for_byte()
    {
        foreach (bool isInitiator in new[] { true, false })
        {
            using Session session = SessionOf(Handshake, isInitiator);
            string direction = isInitiator ? "initiator->responder" : "responder->initiator";
            foreach (JsonElement packet in Packets.Where(packet => packet.Text("direction") == direction).OrderBy(packet => packet.Number("counter")))
            {
                byte[] plaintext = PlaintextOf(packet);
                byte[] datagram = new byte[plaintext.Length + WireLimits.PacketOverheadBytes];
                session.Seal(HeaderOf(packet), plaintext, datagram);
                if (packet.TryGetProperty("datagram", out _))
                    Assert.Equal(packet.Text("datagram")[(IsRouted(packet) ? 36 : 0)..], Convert.ToHexStringLower(datagram));
                else
                    Assert.Equal(packet.Text("datagramSha256"), Convert.ToHexStringLower(SHA256.HashData(datagram)));
            }
        }
    }

    [Fact]
    public async Task A_node_takes_the_packets_of_the_initiator()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        var probe = new PlaneProbe();
        node.Context.Register(probe);
        PeerLink peer = Install(node, SessionOf(Handshake, isInitiator: false));
        using Session initiator = SessionOf(Handshake, isInitiator: true);
        var datagrams = new List<byte[]>();
        foreach (JsonElement packet in Packets.Where(packet => packet.Text("direction").StartsWith("initiator", StringComparison.Ordinal)).OrderBy(packet => packet.Number("counter")))
        {
            byte[] plaintext = PlaintextOf(packet);
            byte[] datagram = new byte[plaintext.Length + WireLimits.PacketOverheadBytes];
            initiator.Seal(HeaderOf(packet), plaintext, datagram);
            datagrams.Add(IsRouted(packet) ? HandPeer.Routed(node.NodeId.Value, 0x33334444, datagram) : datagram);
        }
        node.Feed(Source, [.. datagrams]);
        Assert.Equal(8, node.Parts.Core.Counters.PacketsReceived);
        Assert.Equal(0, node.DroppedInAll());
        ReceivedEvent[] events = [.. node.Receive(100)];
        Assert.Equal(["{\"t\":\"hello\"}", "{\"r\":1}", "22.5"], events.Where(e => e.Payload.Length < 100 && e.StreamId != 0x1337).Select(e => e.GetString()).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(8104, events.Single(e => e.StreamId == 9).Payload.Length);
        // The reset came after the three events of its stream; they had arrived and are still there.
        Assert.Equal(["event1", "event2", "event3"], events.Where(e => e.StreamId == 0x1337).Select(e => e.GetString()));
        Assert.Contains(probe.Asked, asked => asked.Channel == 0x7788);
        Assert.False(peer.Streams.TryGet(0x1337, out _));
    }

    [Fact]
    public async Task A_node_takes_the_grant_and_the_report_of_the_responder()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        PeerLink peer = Install(node, SessionOf(Handshake, isInitiator: true));
        StreamState stream = peer.Streams.Open(0x1337, Sim.Reliable, isOrderedPeer: false);
        ReadOnlyMemory<byte>[] three = [.. new[] { "event1", "event2", "event3" }.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
        Assert.Equal(SendStatus.Sent, node.Parts.Transmitter.TrySend(peer, stream, new EventList(three)));
        JsonElement[] answers = [.. Packets.Where(packet => packet.Text("direction").StartsWith("responder", StringComparison.Ordinal)).OrderBy(packet => packet.Number("counter"))];
        node.Feed(Source, answers[0].Hex("datagram"));
        Assert.Equal((0, 65_536L), (stream.Sender.Unacknowledged, stream.Sender.Credit.Remaining));
        for (int i = 0; i < 5; i++)
            node.Parts.Transmitter.TrySend(peer, stream, new EventList(new byte[10]));
        node.Feed(Source, answers[1].Hex("datagram"));
        Assert.Equal(2, stream.Sender.Retransmissions);
    }

    [Fact]
    [Trait("spec", "02 I7")]
    [Trait("spec", "02 I8")]
    public async Task Every_mutation_of_a_packet_has_the_outcome_of_the_vectors()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        foreach (JsonElement mutation in Vectors.Wire("mutations").GetProperty("cases").EnumerateArray())
        {
            string name = mutation.Text("name");
            string outcome = mutation.Text("outcome");
            PeerLink peer = Install(node, SessionOf(Handshake, isInitiator: false));
            long dropped = node.DroppedInAll();
            DropReason? reason = ReasonOf(outcome);
            long before = reason is { } r ? node.Dropped(r) : 0;
            node.Feed(Source, mutation.Hex("datagram"));
            string[] texts = node.Texts();
            if (reason is { } expected)
            {
                Assert.Equal((name, before + 1), (name, node.Dropped(expected)));
                Assert.Empty(texts);
            }
            else
            {
                Assert.Equal(["{\"t\":\"hello\"}"], texts);
            }
            Assert.Equal(dropped + (reason is null ? 0 : 1), node.DroppedInAll());
            if (name == "original")
            {
                node.Feed(Source, mutation.Hex("datagram"));
                Assert.Equal(1, node.Dropped(DropReason.Replayed));
                Assert.Empty(node.Texts());
            }
            Remove(node, peer);
        }
    }

    [Fact]
    public async Task The_pieces_of_the_large_message_come_out_as_one_event()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        JsonElement vector = Vectors.Profile("largeMessage");
        Install(node, SessionOf(Vectors.Profile("handshakes").Named("direct"), isInitiator: false, SecureProfileFlags.LargeMessages));
        foreach (JsonElement packet in vector.GetProperty("packets").EnumerateArray())
            node.Feed(Source, packet.Hex("datagram"));
        ReceivedEvent received = Assert.Single(node.Receive(10));
        Assert.Equal(vector.Hex("event"), received.Payload.ToArray());
        Assert.Equal(9ul, received.StreamId);
        Assert.Equal(0, node.DroppedInAll());
    }

    private static DropReason? ReasonOf(string outcome) => outcome switch
    {
        _ when outcome.StartsWith("ACCEPT", StringComparison.Ordinal) => null,
        _ when outcome.Contains("first two bytes", StringComparison.Ordinal) => DropReason.UnknownShape,
        _ when outcome.Contains("shorter", StringComparison.Ordinal) || outcome.Contains("header validation", StringComparison.Ordinal) => DropReason.MalformedHeader,
        _ when outcome.Contains("no session", StringComparison.Ordinal) => DropReason.UnknownSession,
        _ when outcome.Contains("payload length", StringComparison.Ordinal) => DropReason.WrongLength,
        _ => DropReason.WrongTag,
    };

    private static Session SessionOf(JsonElement handshake, bool isInitiator, SecureProfileFlags flags = SecureProfileFlags.None)
    {
        using var keys = new SessionKeys(handshake.Number("sessionId"));
        handshake.Hex("keyInitiatorToResponder").CopyTo(keys.FirstKey);
        handshake.Hex("keyResponderToInitiator").CopyTo(keys.SecondKey);
        SecurityLevel level = flags == SecureProfileFlags.None ? SecurityLevel.Reference : SecurityLevel.Secure;
        return new(keys, new SessionFacts(isInitiator, level, flags, null, 0)) { IsConfirmed = true };
    }

    private static PeerLink Install(MeshNode node, Session session)
    {
        var path = new PeerPath(Source, IsRelayed: false);
        PeerLink peer = node.Parts.Core.Peers.GetOrAdd(new NodeId(0x1111222233334444), id => new PeerLink(id, path, node.Parts.Core.CreateStreams()))!;
        peer.Current = session;
        Assert.True(node.Parts.Core.Peers.TryAddSession(new SessionEntry(session, peer) { Path = path, BegunAt = 0 }));
        return peer;
    }

    private static void Remove(MeshNode node, PeerLink peer)
    {
        Assert.True(node.Parts.Core.Peers.TryGetSession(peer.Current!.Id, out SessionEntry? entry));
        node.Parts.Core.Peers.RemoveSession(entry);
        node.Parts.Core.Peers.Remove(peer);
    }

    private static bool IsRouted(JsonElement packet) => packet.Text("name") == "routed-data";

    private static byte[] PlaintextOf(JsonElement packet) => packet.TryGetProperty("plaintext", out _)
        ? packet.Hex("plaintext")
        : [0xA8, 0x1F, 0, 0, .. Enumerable.Range(0, 8104).Select(i => (byte)((7 * i) + 3))];

    // The AAD holds every field of the header but the nonce.
    private static PacketHeader HeaderOf(JsonElement packet)
    {
        byte[] aad = packet.Hex("aad");
        Assert.True(PacketHeader.TryParse((byte[])[.. aad[..12], .. new byte[12], .. aad[12..]], out PacketHeader header));
        return header;
    }
}
