using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class HandshakeTests
{
    [Fact]
    public async Task Two_of_ours_connect_with_proven_identities()
    {
        await using var world = new LinkWorld();
        using Identity a = Identity.Generate(), b = Identity.Generate();
        MeshEventAdapter responder = world.NewResponder(o => (o.Identity, o.PeerEntity) = (b, a.EntityId));
        MeshEventAdapter initiator = world.NewInitiator(o => (o.Identity, o.PeerEntity) = (a, b.EntityId));
        await world.CompleteAsync(world.StartAsync(responder), world.StartAsync(initiator));
        Assert.True(await initiator.IsHealthyAsync(LinkWorld.Stop));
        Assert.True(await responder.IsHealthyAsync(LinkWorld.Stop));
        Assert.Equal(b.EntityId, initiator.Statistics.PeerEntity);
        Assert.Equal(a.EntityId, responder.Statistics.PeerEntity);
        Assert.True(initiator.Statistics.IsSecure && responder.Statistics.IsSecure);
        Assert.Equal(LinkWorld.InitiatorAddress, responder.Statistics.PeerAddress);
        Assert.True(world.Time.Elapsed < TimeSpan.FromMilliseconds(10), "the handshake takes a round trip, not a timer");
    }

    [Fact]
    public async Task A_peer_that_proves_to_be_someone_else_is_refused()
    {
        await using var world = new LinkWorld();
        using Identity expected = Identity.Generate();
        Task responder = world.StartAsync(world.NewResponder());
        Task initiator = world.StartAsync(world.NewInitiator(o => o.PeerEntity = expected.EntityId));
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(initiator));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains("PeerEntity", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(responder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reference_peer_is_refused_unless_it_is_admitted(bool admits)
    {
        await using var world = new LinkWorld();
        PeerAdmission admission = admits ? PeerAdmission.AllowReference : PeerAdmission.SecureOnly;
        using var reference = new ReferencePeer(world.Network, LinkWorld.ResponderAddress, world.Key);
        MeshEventAdapter initiator = world.NewInitiator(o => o.PeerAdmission = admission);
        Task start = world.StartAsync(initiator);
        if (!admits)
        {
            AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(start));
            Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
            Assert.Contains("AllowReference", e.Message, StringComparison.Ordinal);
            return;
        }
        await world.CompleteAsync(start);
        Assert.False(initiator.Statistics.IsSecure);
        Assert.Null(initiator.Statistics.PeerEntity);
        Assert.Contains(world.Log.Lines, line => line.Text.Contains("0.27 handshake", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reference_initiator_is_answered_only_when_it_is_admitted(bool admits)
    {
        await using var world = new LinkWorld();
        MeshEventAdapter responder = world.NewResponder(o => o.PeerAdmission = admits ? PeerAdmission.AllowReference : PeerAdmission.SecureOnly);
        Task start = world.StartAsync(responder);
        using var reference = new ReferencePeer(world.Network, LinkWorld.InitiatorAddress);
        reference.Dial(LinkWorld.ResponderAddress, world.Key.PublicKey);
        if (admits)
        {
            await world.CompleteAsync(start);
        }
        else
        {
            await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(start));
            Assert.Equal(1, responder.Statistics.DroppedFor(MeshLinkDrop.HandshakeRefused));
        }
        Assert.Equal(admits, reference.IsConnected);
    }

    [Fact]
    public async Task A_peer_that_was_secure_does_not_come_back_as_a_reference_peer()
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter initiator, MeshEventAdapter responder) = await world.ConnectAsync(o => o.PeerAdmission = PeerAdmission.AllowReference);
        world.Crash(initiator);
        using var impostor = new ReferencePeer(world.Network, LinkWorld.InitiatorAddress);
        impostor.Dial(LinkWorld.ResponderAddress, world.Key.PublicKey);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(impostor.IsConnected);
        Assert.Equal(1, responder.Statistics.DroppedFor(MeshLinkDrop.HandshakeRefused));
        Assert.Contains(world.Log.Lines, line => line.Text.Contains("impersonating", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recorder_with_the_psk_and_the_public_key_opens_a_reference_session_and_no_secure_one(bool isSecure)
    {
        await using var world = new LinkWorld();
        var datagrams = new List<byte[]>();
        world.Network.Tap = (in TappedDatagram d) =>
        {
            if (d.Fate == DatagramFate.Sent)
                datagrams.Add(d.Bytes.ToArray());
        };
        MeshEventAdapter initiator = world.NewInitiator(o => o.PeerAdmission = PeerAdmission.AllowReference);
        using ReferencePeer? reference = isSecure ? null : new ReferencePeer(world.Network, LinkWorld.ResponderAddress, world.Key);
        Task responding = isSecure ? world.StartAsync(world.NewResponder()) : Task.CompletedTask;
        await world.CompleteAsync(responding, world.StartAsync(initiator));
        await world.CompleteAsync(world.WriteAsync(initiator, 0, 0, 1));
        Assert.Equal(isSecure, initiator.Statistics.IsSecure);

        // The final handshake hash is made of what both messages show and of the psk (01 T1).
        using var state = new NoiseState("Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"u8);
        state.MixHash([]);
        state.MixHash(world.Key.PublicKey.AsSpan());
        state.MixKeyAndHash(LinkWorld.Psk);
        foreach (byte[] handshake in datagrams.Where(d => (d[3] & (byte)PacketFlags.Handshake) != 0))
        {
            state.MixHash(handshake.AsSpan(68, 32));
            state.MixHash(handshake.AsSpan(100));
        }
        using SessionKeys keys = ReferenceKeys.Derive(state.Hash);
        byte[] data = datagrams[^1];
        Assert.True(PacketHeader.TryParse(data, out PacketHeader header));
        Assert.Equal(header.SessionId, keys.SessionId);
        using var cipher = new PacketCipher(keys.InitiatorToResponder, keys.SessionId);
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(data, aad);
        Assert.Equal(!isSecure, cipher.TryOpen(header.NonceCounter, aad, data.AsSpan(WireLimits.HeaderBytes), new byte[data.Length]));
    }

    [Fact]
    public async Task A_start_without_a_peer_fails_when_its_attempts_are_used_up()
    {
        await using var world = new LinkWorld();
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(world.StartAsync(world.NewInitiator())));
        Assert.Equal(AdapterErrorKind.Connection, e.ErrorKind);
        Assert.Contains("10.0.0.2:9000", e.Message, StringComparison.Ordinal);
        // 3 attempts of 5 s, and pauses of 100 and 200 ms between them.
        Assert.Equal(TimeSpan.FromMilliseconds(15_300), world.Time.Elapsed);

        e = await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(world.StartAsync(world.NewResponder())));
        Assert.Equal(AdapterErrorKind.Connection, e.ErrorKind);
        Assert.Equal(TimeSpan.FromMilliseconds(30_300), world.Time.Elapsed);
        long sent = world.Network.Statistics.Sent;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(sent, world.Network.Statistics.Sent);
    }

    [Fact]
    public async Task Another_key_on_either_side_does_not_connect()
    {
        await using var world = new LinkWorld();
        byte[] otherPsk = [.. Enumerable.Repeat((byte)1, 32)];
        Task responder = world.StartAsync(world.NewResponder());
        Task initiator = world.StartAsync(world.NewInitiator(psk: otherPsk));
        Assert.Equal(AdapterErrorKind.Connection, (await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(initiator))).ErrorKind);
        await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(responder));

        await using var second = new LinkWorld();
        using StaticKeyPair otherKey = StaticKeyPair.Generate();
        responder = second.StartAsync(second.NewResponder());
        initiator = second.StartAsync(second.NewInitiator(key: otherKey.PublicKey));
        Assert.Equal(AdapterErrorKind.Connection, (await Assert.ThrowsAsync<AdapterException>(() => second.CompleteAsync(initiator))).ErrorKind);
        await Assert.ThrowsAsync<AdapterException>(() => second.CompleteAsync(responder));
    }

    [Fact]
    public async Task A_lost_first_or_second_message_costs_an_attempt_and_no_more()
    {
        await using var world = new LinkWorld();
        int handshakes = 0;
        world.Network.Filter = (in TappedDatagram d) => (d.Bytes[3] & (byte)PacketFlags.Handshake) == 0 || ++handshakes is not 1 and not 3;
        await world.ConnectAsync();
        Assert.Equal(5, handshakes);
    }

    [Fact]
    public async Task Lost_confirmations_are_repeated()
    {
        await using var world = new LinkWorld();
        int heartbeats = 0;
        world.Network.Filter = (in TappedDatagram d) => (d.Bytes[3] & (byte)PacketFlags.Heartbeat) == 0 || ++heartbeats > 2;
        await world.ConnectAsync();
        Assert.True(world.Time.Elapsed < TimeSpan.FromSeconds(1.1), $"connected only after {world.Time.Elapsed}");
    }

    [Theory]
    [Trait("spec", "05 T18")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Garbage_handshakes_burn_no_attempt(bool fromPeer)
    {
        await using var world = new LinkWorld();
        (MeshEventAdapter responder, MeshEventAdapter initiator) = (world.NewResponder(), world.NewInitiator());
        Task responding = world.StartAsync(responder);
        Junk(LinkWorld.ResponderAddress);
        world.Time.Advance(TimeSpan.FromSeconds(10)); // more junk than three attempts, and then the peer at last
        Junk(LinkWorld.ResponderAddress);
        Task initiating = world.StartAsync(initiator);
        Junk(LinkWorld.InitiatorAddress);
        await world.CompleteAsync(responding, initiating);
        Assert.True(responder.Statistics.DroppedFor(MeshLinkDrop.HandshakeUnverified) >= 8, $"{responder.Statistics}");
        Assert.Equal(1, initiator.Statistics.Sessions);

        void Junk(IPEndPoint target)
        {
            IPEndPoint source = !fromPeer ? IPEndPoint.Parse("192.0.2.9:5")
                : target.Equals(LinkWorld.ResponderAddress) ? LinkWorld.InitiatorAddress : LinkWorld.ResponderAddress;
            byte[] junk = new byte[116];
            new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = 48 }.Write(junk);
            for (byte i = 0; i < 4; i++)
            {
                junk.AsSpan(68).Fill((byte)(i + 1));
                world.Network.Inject(source, target, junk);
            }
        }
    }

    [Fact]
    public async Task Replayed_first_messages_do_not_disturb_a_session_and_are_limited()
    {
        await using var world = new LinkWorld();
        byte[]? first = null;
        world.Network.Tap = (in TappedDatagram d) => first ??= d.Bytes.ToArray();
        (MeshEventAdapter initiator, MeshEventAdapter responder) = await world.ConnectAsync();
        MeshLinkStatistics before = responder.Statistics;
        world.Time.Advance(TimeSpan.FromSeconds(1)); // the genuine one counts as well
        for (int i = 0; i < 2_000; i++)
            world.Network.Inject(new IPEndPoint(new IPAddress(0x0100000A + ((long)(i / 3) << 8)), 9), LinkWorld.ResponderAddress, first);
        world.Time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(1_000, responder.Statistics.DroppedFor(MeshLinkDrop.HandshakeRateLimited));
        Assert.Equal(before.Sessions, responder.Statistics.Sessions);
        await world.CompleteAsync(world.WriteAsync(initiator, 0, 0, 100));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await LinkWorld.AssertHoldsAsync(responder, 0, 0, 100);
    }

    [Fact]
    public async Task A_responder_with_a_peer_address_answers_no_other_ip()
    {
        await using var world = new LinkWorld();
        MeshEventAdapter responder = world.NewResponder(peer: IPEndPoint.Parse("10.0.0.77:1"));
        Task responding = world.StartAsync(responder);
        Task initiating = world.StartAsync(world.NewInitiator());
        await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(initiating));
        await Assert.ThrowsAsync<AdapterException>(() => world.CompleteAsync(responding));
        Assert.Equal(3, responder.Statistics.DroppedFor(MeshLinkDrop.HandshakeRefused));
    }

    [Fact]
    public async Task A_cancelled_start_gives_up_and_sends_nothing_more()
    {
        await using var world = new LinkWorld();
        using var cancel = new CancellationTokenSource();
        Task start = world.StartAsync(world.NewInitiator(), cancellationToken: cancel.Token);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        long sent = world.Network.Statistics.Sent;
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(sent, world.Network.Statistics.Sent);
    }

    [Fact]
    public async Task Without_waiting_for_the_peer_the_start_is_immediate_and_batches_wait()
    {
        await using var world = new LinkWorld();
        MeshEventAdapter initiator = world.NewInitiator(o => o.WaitForPeer = false);
        await world.StartAsync(initiator);
        Assert.False(await initiator.IsHealthyAsync(LinkWorld.Stop));
        Task write = world.WriteAsync(initiator, 1, 0, 10);
        world.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.False(write.IsCompleted);
        MeshEventAdapter responder = world.NewResponder();
        await world.CompleteAsync(world.StartAsync(responder), write);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await LinkWorld.AssertHoldsAsync(responder, 1, 0, 10);
    }
}
