using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>Handshakes that are wrong in one way, against a live node (spec 11 §11).</summary>
public sealed class HostileHandshakeTests
{
    [Theory]
    [InlineData("psk", DropReason.HandshakeFailed)]
    [InlineData("key", DropReason.HandshakeFailed)]
    [InlineData("short", DropReason.HandshakeFailed)]
    [InlineData("truncated", DropReason.HandshakeFailed)]
    [InlineData("tampered", DropReason.HandshakeFailed)]
    [InlineData("source", DropReason.HandshakeFailed)]
    [InlineData("stripped", DropReason.ReferenceRefused)]
    [InlineData("other id", DropReason.HandshakeIdMismatch)]
    [InlineData("other entity", DropReason.HandshakeBlockInvalid)]
    [InlineData("reflected", DropReason.HandshakeBlockInvalid)]
    [InlineData("own id", DropReason.HandshakeIdMismatch)]
    [Trait("spec", "02 I10")]
    public async Task A_first_message_that_is_wrong_is_dropped_counted_and_not_answered(string what, DropReason expected)
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        var hand = new HandPeer(cluster);
        using Identity other = Identity.FromSeed(new byte[32]);
        byte[] message = what switch
        {
            "psk" => hand.FirstMessage(node, out _, psk: new byte[32]),
            "key" => hand.FirstMessage(node, out _, key: hand.StaticKey.PublicKey),
            "stripped" => hand.FirstMessage(node, out _, payload: _ => BitConverter.GetBytes(hand.Id.Value)),
            "other id" => hand.FirstMessage(node, out _, payload: noise => [.. BitConverter.GetBytes(hand.Id.Value ^ (1UL << 40)), .. hand.Block(noise, isInitiator: true)]),
            // The block names the right entity, and another key signed it.
            "other entity" => hand.FirstMessage(node, out _, payload: noise => [.. BitConverter.GetBytes(hand.Id.Value), .. Forged(hand.Block(noise, isInitiator: true), other, noise)]),
            "reflected" => hand.FirstMessage(node, out _, payload: noise => [.. BitConverter.GetBytes(hand.Id.Value), .. hand.Block(noise, isInitiator: false)]),
            "own id" => new HandPeer(cluster, node.Identity).FirstMessage(node, out _),
            _ => hand.FirstMessage(node, out _),
        };
        message = what switch
        {
            "short" => message[..(WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes + 31)],
            "truncated" => message[..^1],
            "tampered" => Flip(message, message.Length - 20),
            "source" => Flip(message, 6),
            _ => message,
        };
        hand.SendRaw(message, node.LocalEndPoint);
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(1, node.Dropped(expected));
        Assert.Equal(1, node.DroppedInAll());
        Assert.Empty(hand.Handshakes);
        Assert.Empty(node.Parts.Core.Peers.Sessions);
        Assert.Equal(0, node.Parts.Core.Peers.Count);
    }

    [Theory]
    [InlineData("wrong entity", "handshake-failed")]
    [InlineData("other key", "handshake-failed")]
    [InlineData("reflected", "handshake-failed")]
    [InlineData("stripped", "reference-refused")]
    [InlineData("silent", "handshake-timeout")]
    public async Task A_dial_that_is_answered_wrongly_ends_with_its_reason_and_no_session(string what, string kind)
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        MeshNode node = cluster[0];
        var hand = new HandPeer(cluster) { Answers = what != "silent" };
        using Identity other = Identity.FromSeed(new byte[32]);
        hand.AnswerPayload = what switch
        {
            "wrong entity" => noise => BlockOf(other, noise, isInitiator: false),
            "other key" => noise => Forged(hand.Block(noise, isInitiator: false), other, noise),
            "reflected" => noise => hand.Block(noise, isInitiator: true),
            "stripped" => _ => [],
            _ => null,
        };
        Task<Peer> dialling = node.Peers.ConnectAsync(hand.Address, hand.StaticKey.PublicKey, hand.Id);
        PeerException failure = await Assert.ThrowsAsync<PeerException>(() => cluster.RunUntilCompletedAsync(dialling, Sim.Seconds(30)));
        Assert.Equal(kind, failure.Kind);
        Assert.Contains(hand.Id.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.Empty(node.Parts.Core.Peers.Sessions);
        Assert.Equal(1, node.Statistics.HandshakesFailed);
    }

    [Fact]
    public async Task A_tampering_relay_is_found_out_by_both_sides()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 3);
        int tampered = 0;
        cluster.Network.Filter = (in TappedDatagram datagram) =>
        {
            if (!Sim.IsHandshake(datagram) || tampered >= 6)
                return true;
            // What the relay sends on instead: every byte of the two messages gets its turn over the attempts.
            byte[] changed = Flip(datagram.Bytes.ToArray(), 86 + (tampered * 31));
            tampered++;
            IPEndPoint from = datagram.Source.ToIPEndPoint(), to = datagram.Destination.ToIPEndPoint();
            cluster.Network.Filter = Swap(cluster, from, to, changed, cluster.Network.Filter!);
            return false;
        };
        Task<Peer> dialling = cluster[0].Peers.ConnectAsync(cluster[1].LocalEndPoint, cluster[1].PublicKey, cluster[1].NodeId);
        await Assert.ThrowsAsync<PeerException>(() => cluster.RunUntilCompletedAsync(dialling, Sim.Seconds(30)));
        Assert.Equal(0, cluster[0].Peers.Count + cluster[1].Peers.Count);
    }

    [Fact]
    public async Task A_message_for_one_node_opens_at_no_other()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 3);
        var hand = new HandPeer(cluster);
        byte[] message = hand.FirstMessage(cluster[0], out _);
        // Cross-wired: readdressed to the other node.
        BitConverter.GetBytes(cluster[1].NodeId.Value).CopyTo(message, 10);
        hand.SendRaw(message, cluster[1].LocalEndPoint);
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(1, cluster[1].Dropped(DropReason.HandshakeFailed));
        Assert.Empty(hand.Handshakes);
    }

    [Fact]
    [Trait("spec", "02 I11")]
    [Trait("spec", "02 T4")]
    public async Task Garbage_that_looks_like_the_answer_does_not_end_a_dial()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 3);
        Task<Peer> dialling = cluster[0].Peers.ConnectAsync(cluster[1].LocalEndPoint, cluster[1].PublicKey, cluster[1].NodeId);
        byte[] garbage = new byte[WireLimits.HeaderBytes + 152];
        new Random(5).NextBytes(garbage);
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = 152 }.Write(garbage);
        // It overtakes the answer and has the source that the answer will have.
        cluster[0].Feed(cluster[1].Transport().LocalAddress, HandPeer.Routed(cluster[0].NodeId.Value, cluster[1].NodeId.RoutingId, garbage, ttl: 16), garbage);
        await cluster.RunUntilCompletedAsync(dialling, Sim.Ms(100));
        Assert.True(cluster.AreConnected(0, 1));
        Assert.Equal(2, cluster[0].Dropped(DropReason.HandshakeFailed));
    }

    [Fact]
    [Trait("spec", "02 I5")]
    public async Task A_direct_handshake_that_nobody_waits_for_is_dropped()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync();
        var hand = new HandPeer(cluster);
        byte[] message = hand.FirstMessage(cluster[0], out _)[WireLimits.RoutingHeaderBytes..];
        hand.SendRaw(message, cluster[0].LocalEndPoint);
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(1, cluster[0].Dropped(DropReason.HandshakeFailed));
        Assert.Empty(hand.Handshakes);
    }

    [Fact]
    public async Task A_peer_that_was_seen_secure_is_never_admitted_as_a_reference_peer_again()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        MeshNode node = cluster[0];
        var hand = new HandPeer(cluster);
        hand.Connect(node);
        Assert.True(node.Peers.Disconnect(hand.Id));
        cluster.Run(Sim.Seconds(30));
        Assert.Equal(0, node.Peers.Count);

        hand.IsSecure = false;
        hand.Dial(node);
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(1, node.Dropped(DropReason.ReferenceRefused));
        Assert.Equal(0, node.Peers.Count);

        hand.Answers = true;
        Task<Peer> dialling = node.Peers.ConnectAsync(hand.Address, hand.StaticKey.PublicKey, hand.Id);
        PeerException failure = await Assert.ThrowsAsync<PeerException>(() => cluster.RunUntilCompletedAsync(dialling, Sim.Seconds(30)));
        Assert.Equal("reference-refused", failure.Kind);
    }

    [Fact]
    public async Task A_reference_handshake_does_not_disturb_a_live_secure_session()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster);
        hand.Connect(cluster[0]);
        ulong session = hand.Session!.Id;
        var impostor = new HandPeer(cluster, hand.Identity) { IsSecure = false };
        impostor.Dial(cluster[0]);
        cluster.Run(Sim.Seconds(1));
        Assert.Null(impostor.Session);
        Assert.Equal(session, cluster[0].Peers.All.Single().SessionId);
        Assert.Equal(1, cluster[0].Dropped(DropReason.ReferenceRefused));
    }

    [Fact]
    public async Task A_reference_peer_is_admitted_where_the_policy_says_so_and_marked()
    {
        await using MeshTestCluster cluster = await Sim.OneAsync(Sim.AllowReference);
        var hand = new HandPeer(cluster) { IsSecure = false };
        hand.Connect(cluster[0]);
        Peer peer = cluster[0].Peers.All.Single();
        Assert.Equal(SecurityLevel.Reference, peer.Security);
        Assert.Null(peer.EntityId);
        hand.Send(new PacketHeader { StreamId = 5 }, "hello"u8.ToArray());
        cluster.Run(Sim.Ms(10));
        Assert.Equal(["hello"], cluster[0].Texts());
    }

    [Fact]
    public async Task A_stripped_block_does_not_turn_two_secure_nodes_into_reference_peers()
    {
        // Who can re-encrypt message 1 without its block needs the psk and is then an initiator of its own; the answer that the
        // real initiator gets does not open.
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 4, null, (_, builder) => builder.Configure(Sim.AllowReference));
        var between = new HandPeer(cluster, cluster[0].Identity) { IsSecure = false };
        byte[] stripped = between.FirstMessage(cluster[1], out NoiseHandshake noise);
        noise.Dispose();
        bool isSwapped = false;
        cluster.Network.Filter = (in TappedDatagram datagram) =>
        {
            if (!Sim.IsHandshake(datagram) || isSwapped)
                return true;
            isSwapped = true;
            return false;
        };
        Task<Peer> dialling = cluster[0].Peers.ConnectAsync(cluster[1].LocalEndPoint, cluster[1].PublicKey, cluster[1].NodeId);
        cluster.Network.Inject(cluster[0].LocalEndPoint, cluster[1].LocalEndPoint, stripped);
        await cluster.RunUntilCompletedAsync(dialling, Sim.Seconds(30));
        Assert.Equal(SecurityLevel.Secure, cluster.PeerOf(0, 1).Security);
        cluster.RunUntil(() => cluster.ShareSession(0, 1), Sim.Seconds(5));
        Assert.Equal(SecurityLevel.Secure, cluster.PeerOf(1, 0).Security);
    }

    private static DatagramFilter Swap(MeshTestCluster cluster, IPEndPoint from, IPEndPoint to, byte[] bytes, DatagramFilter next)
    {
        // Injecting passes the filter again; the changed one goes through.
        cluster.Network.Filter = null;
        cluster.Network.Inject(from, to, bytes);
        return next;
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[Math.Min(at, bytes.Length - 1)] ^= 1;
        return bytes;
    }

    private static byte[] BlockOf(Identity identity, NoiseHandshake noise, bool isInitiator)
    {
        byte[] hash = new byte[32];
        noise.GetHandshakeHash(hash);
        byte[] block = new byte[SecureBlock.FixedBytes];
        SecureBlock.Write(block, HandPeer.AllFlags, identity, isInitiator, hash, []);
        return block;
    }

    // The block of one with the signature of another, over the same handshake and in the same role.
    private static byte[] Forged(byte[] block, Identity signer, NoiseHandshake noise)
    {
        byte[] signature = BlockOf(signer, noise, isInitiator: true).AsSpan(38, 64).ToArray();
        signature.CopyTo(block, 38);
        return block;
    }
}
