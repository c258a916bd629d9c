using System.Text.Json;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>Messages 1 and 2 of the vectors, good and bad, through a live node under both policies (spec 11 §2, §4).</summary>
public sealed class ProfileVectorTests
{
    private static readonly DatagramAddress Source = Sim.AddressOf("10.9.9.9:9000");
    private static readonly JsonElement Transcript = Vectors.Profile("handshakes").Named("direct");
    private static readonly NodeId InitiatorId = new(Transcript.GetProperty("initiator").Number("nodeId"));
    private static readonly NodeId ResponderId = new(Transcript.GetProperty("responder").Number("nodeId"));

    [Theory]
    [InlineData(PeerAdmission.SecureOnly)]
    [InlineData(PeerAdmission.AllowReference)]
    [Trait("spec", "02 I10")]
    public async Task A_responder_does_with_every_message_1_what_the_vectors_say(PeerAdmission admission)
    {
        foreach (JsonElement row in Vectors.Profile("message1").GetProperty("cases").EnumerateArray())
        {
            string name = row.Text("name");
            await using MeshNode node = await StartAsync("responder", admission);
            bool isDirect = name.Contains("direct form", StringComparison.Ordinal);
            if (isDirect)
                _ = node.Peers.AcceptAsync(InitiatorId);
            byte[] packet = PacketOf(row.Hex("noise"));
            node.Feed(Source, isDirect ? packet : HandPeer.Routed(node.NodeId.Value, (uint)row.Number("routingSource"), packet, ttl: 16));
            string outcome = row.Text(admission == PeerAdmission.SecureOnly ? "secureOnly" : "allowReference");
            SessionEntry? entry = node.Parts.Core.Peers.Sessions.SingleOrDefault();
            long sent = node.Statistics.Transport.DatagramsSent;
            switch (outcome)
            {
                case "accepted":
                    Assert.True(entry is { Session.IsSecure: true } && entry.Peer.Id == InitiatorId, name);
                    Assert.Null(entry!.Peer.Current);
                    Assert.Equal(1, sent);
                    break;
                case "reference keys":
                    Assert.True(entry is { Session.IsSecure: false } && entry.Peer.Current == entry.Session, name);
                    Assert.Equal(1, sent);
                    break;
                default:
                    Assert.True(entry is null, name);
                    Assert.Equal((name, 0L), (name, sent));
                    Assert.Equal((name, 1L), (name, node.Dropped(ReasonOf(row.Text("reason")))));
                    Assert.Equal((name, 1L), (name, node.DroppedInAll()));
                    break;
            }
        }
    }

    [Theory]
    [InlineData(PeerAdmission.SecureOnly)]
    [InlineData(PeerAdmission.AllowReference)]
    [Trait("spec", "02 I11")]
    public async Task An_initiator_does_with_every_message_2_what_the_vectors_say(PeerAdmission admission)
    {
        foreach (JsonElement row in Vectors.Profile("message2").GetProperty("cases").EnumerateArray())
        {
            string name = row.Text("name");
            await using MeshNode node = await StartAsync("initiator", admission);
            Dial dial = Dial(node);
            node.Feed(Source, PacketOf(row.Hex("noise")));
            switch (row.Text(admission == PeerAdmission.SecureOnly ? "secureOnly" : "allowReference"))
            {
                case "accepted":
                    Assert.True((await dial.Done.Task).Current!.IsSecure, name);
                    break;
                case "reference keys":
                    Assert.False((await dial.Done.Task).Current!.IsSecure, name);
                    break;
                default:
                    string reason = row.Text("reason");
                    Assert.Equal((name, 1L), (name, node.Dropped(ReasonOf(reason))));
                    Assert.Empty(node.Parts.Core.Peers.Sessions);
                    // What does not even open may be anybody's: the attempt waits on. What opens and is wrong ends it.
                    Assert.Equal((name, reason != "tag"), (name, dial.IsPausing || dial.Done.Task.IsFaulted));
                    node.Parts.Initiator.CancelAll(new PeerException("shutdown", "over"));
                    await Assert.ThrowsAsync<PeerException>(() => dial.Done.Task);
                    break;
            }
        }
    }

    private static Dial Dial(MeshNode node)
    {
        JsonElement responder = Transcript.GetProperty("responder");
        var key = new NoisePublicKey(responder.Hex("staticPublic"));
        var dial = new Dial { Target = ResponderId, PublicKey = key, FirstHop = Source, Form = HandshakeForm.Direct };
        node.Parts.Initiator.Start(dial);
        dial.Noise!.Dispose();
        // The same dial with the ephemeral of the transcript.
        NoiseHandshake noise = NoiseHandshake.CreateInitiator(Transcript.Hex("psk"), key, Transcript.Hex("prologue"), StaticKeyPair.FromPrivateKey(Transcript.GetProperty("initiator").Hex("ephemeralPrivate")));
        byte[] message = new byte[500];
        noise.BeginWrite(message);
        int length = 32 + noise.FinishWrite(Transcript.GetProperty("msg1").Hex("payload"), message.AsSpan(32));
        Assert.Equal(Transcript.GetProperty("msg1").Text("noise"), Convert.ToHexStringLower(message.AsSpan(0, length)));
        dial.Noise = noise;
        return dial;
    }

    private static DropReason ReasonOf(string reason) => reason switch
    {
        "tag" => DropReason.HandshakeFailed,
        "reference peer" => DropReason.ReferenceRefused,
        "node id" => DropReason.HandshakeIdMismatch,
        _ => DropReason.HandshakeBlockInvalid,
    };

    private static Task<MeshNode> StartAsync(string role, PeerAdmission admission)
    {
        var time = new VirtualTimeProvider();
        return MeshNode.CreateBuilder("0.0.0.0:0", Transcript.Hex("psk"))
            .WithIdentity(Identity.FromSeed(Transcript.GetProperty(role).Hex("seed")))
            .WithPeerAdmission(admission)
            .WithTransport(new SimulatedNetwork(time, 1).Bind())
            .WithTimeProvider(time)
            .Configure(options => options.DrainTimeout = TimeSpan.Zero)
            .BuildAsync();
    }

    private static byte[] PacketOf(byte[] noise)
    {
        byte[] packet = new byte[WireLimits.HeaderBytes + noise.Length];
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = (ushort)noise.Length }.Write(packet);
        noise.CopyTo(packet, WireLimits.HeaderBytes);
        return packet;
    }
}
