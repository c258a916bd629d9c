using System.Buffers.Binary;
using System.Text.Json;

namespace Net.Mesh.Crypto.Tests;

public sealed class SecureProfileVectorTests
{
    private const int NodeIdBytes = sizeof(ulong);

    public static TheoryData<string> Handshakes => ["direct", "routed", "routed-extensions", "direct-reference-responder", "routed-reference-initiator"];

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void A_handshake_comes_out_byte_for_byte(string name)
    {
        JsonElement vector = Vectors.SecureProfile("handshakes").Named(name);
        using NoiseHandshake initiator = InitiatorOf(vector);
        using NoiseHandshake responder = ResponderOf(vector);
        CheckMessage(vector, initiator, responder, isFirst: true);
        CheckMessage(vector, responder, initiator, isFirst: false);
        Assert.Equal(vector.Hex("handshakeHash"), Run.HashOf(responder));

        foreach (NoiseHandshake side in (NoiseHandshake[])[initiator, responder])
        {
            using SessionKeys split = side.Split();
            using SessionKeys reference = side.DeriveReferenceKeys();
            CheckKeys(vector.GetProperty("split"), split);
            CheckKeys(vector.GetProperty("referenceKeys"), reference);
            SessionKeys used = vector.GetProperty("secure").GetBoolean() ? split : reference;
            Assert.Equal(vector.Id("sessionId"), used.SessionId);
            Assert.Equal(vector.Hex("keyInitiatorToResponder"), used.InitiatorToResponder);
            Assert.Equal(vector.Hex("keyResponderToInitiator"), used.ResponderToInitiator);
            CheckPackets(vector, used);
        }
    }

    [Fact]
    public void The_static_key_follows_from_the_seed()
    {
        foreach (JsonElement vector in Vectors.SecureProfile("staticKeys").EnumerateArray())
        {
            using StaticKeyPair fromSeed = StaticKeyPair.FromSeed(vector.Hex("seed"));
            using Identity identity = Identity.FromSeed(vector.Hex("seed"));
            using StaticKeyPair ofIdentity = identity.CreateStaticKey();
            foreach (StaticKeyPair pair in (StaticKeyPair[])[fromSeed, ofIdentity])
            {
                Assert.Equal(vector.Hex("staticPrivate"), pair.ToBytes());
                Assert.Equal(vector.Hex("staticPublic"), pair.PublicKey.ToArray());
                Assert.DoesNotContain(vector.Text("staticPrivate")[..8], pair.ToString());
            }
        }
    }

    [Fact]
    public void The_constants_are_those_of_the_vectors()
    {
        JsonElement constants = Vectors.SecureProfile("constants");
        Assert.Equal(SecureBlock.FixedBytes, constants.GetProperty("blockSizeWithoutExt").GetInt32());
        Assert.Equal(SecureBlock.MaxExtensionBytes, constants.GetProperty("maxExt").GetInt32());
        Assert.Equal((int)SecureProfileFlags.Rekey, constants.GetProperty("flagCanRekey").GetInt32());
        Assert.Equal((int)SecureProfileFlags.LargeMessages, constants.GetProperty("flagLargeMessages").GetInt32());
        Assert.Equal((int)SecureProfileFlags.OrderedStreams, constants.GetProperty("flagOrdered").GetInt32());
        Assert.Equal(MeshTicket.Prefix, constants.Text("ticketPrefix"));
        Assert.Equal(NoiseHandshake.OverheadBytes + NodeIdBytes + SecureBlock.FixedBytes, constants.GetProperty("noiseMsg1Size").GetInt32());
        Assert.Equal(NoiseHandshake.OverheadBytes + SecureBlock.FixedBytes, constants.GetProperty("noiseMsg2Size").GetInt32());
    }

    [Fact]
    public void A_first_message_is_judged_as_the_vectors_say()
    {
        JsonElement transcript = Vectors.SecureProfile("handshakes").Named("routed");
        JsonElement responderSide = transcript.GetProperty("responder");
        using StaticKeyPair key = StaticKeyPair.FromPrivateKey(responderSide.Hex("staticPrivate"));
        foreach (JsonElement vector in Vectors.SecureProfile("message1").GetProperty("cases").EnumerateArray())
        {
            uint source = (uint)vector.Id("routingSource");
            using NoiseHandshake responder = NoiseHandshake.CreateResponder(transcript.Hex("psk"), key, Run.Prologue(source, responderSide.Id("nodeId")));
            byte[]? payload = Run.Read(responder, vector.Hex("noise"));
            string? reason = payload is null ? "tag" : payload.Length < NodeIdBytes ? "reference peer" : Judge(
                payload.AsSpan(NodeIdBytes), byInitiator: true, responder.PayloadHash,
                id => id.Value == BinaryPrimitives.ReadUInt64LittleEndian(payload) && id.RoutingId == source);
            Assert.True(vector.GetProperty("reason").GetString() == reason, $"{vector.Text("name")}: {reason}");
        }
    }

    [Fact]
    public void A_second_message_is_judged_as_the_vectors_say()
    {
        JsonElement transcript = Vectors.SecureProfile("handshakes").Named("direct");
        var dialled = new NodeId(transcript.GetProperty("responder").Id("nodeId"));
        foreach (JsonElement vector in Vectors.SecureProfile("message2").GetProperty("cases").EnumerateArray())
        {
            using NoiseHandshake initiator = InitiatorOf(transcript);
            Run.Write(initiator, transcript.GetProperty("msg1").Hex("payload"));
            byte[]? payload = Run.Read(initiator, vector.Hex("noise"));
            string? reason = payload is null ? "tag" : Judge(payload, byInitiator: false, initiator.PayloadHash, id => id == dialled);
            Assert.True(vector.GetProperty("reason").GetString() == reason, $"{vector.Text("name")}: {reason}");
        }
    }

    [Fact]
    public void Fragments_of_a_large_message_are_ordinary_packets()
    {
        JsonElement keys = Vectors.SecureProfile("handshakes").Named("direct");
        using var cipher = new PacketCipher(keys.Hex("keyInitiatorToResponder"), keys.Id("sessionId"));
        foreach (JsonElement packet in Vectors.SecureProfile("largeMessage").GetProperty("packets").EnumerateArray())
        {
            byte[] piece = packet.Hex("piece");
            Assert.Equal([.. BitConverter.GetBytes(piece.Length), .. piece], new RawPacket(packet.Hex("datagram")).Open(cipher)!);
        }
    }

    /// <summary>The checks of spec 11 §2, in its order, behind the tag.</summary>
    private static string? Judge(ReadOnlySpan<byte> payload, bool byInitiator, ReadOnlySpan<byte> hash, Func<NodeId, bool> isExpected)
    {
        SecureBlockError error = SecureBlock.TryParse(payload, out SecureBlock block);
        if (error != SecureBlockError.None)
            return error == SecureBlockError.Absent ? "reference peer" : "malformed block";
        if (!isExpected(Identity.NodeIdOf(block.EntityId)))
            return "node id";
        return block.VerifySignature(byInitiator, hash) ? null : "signature";
    }

    private static void CheckMessage(JsonElement vector, NoiseHandshake from, NoiseHandshake to, bool isFirst)
    {
        JsonElement expected = vector.GetProperty(isFirst ? "msg1" : "msg2");
        byte[] message = Run.Write(from, hash =>
        {
            if (expected.Has("block"))
                CheckBlock(vector, expected, hash, isFirst);
            return expected.Hex("payload");
        });
        Assert.Equal(expected.Hex("noise"), message);
        Assert.Equal(expected.Hex("payload"), Run.Read(to, message));
        if (expected.Has("hBeforePayload"))
            Assert.Equal(expected.Hex("hBeforePayload"), to.PayloadHash);
    }

    private static void CheckBlock(JsonElement vector, JsonElement expected, byte[] hash, bool isFirst)
    {
        Assert.Equal(expected.Hex("hBeforePayload"), hash);
        JsonElement sender = vector.GetProperty(isFirst ? "initiator" : "responder");
        using Identity identity = Identity.FromSeed(sender.Hex("seed"));
        Assert.Equal(sender.Id("nodeId"), identity.NodeId.Value);

        int flags = expected.GetProperty("flags").GetInt32();
        byte[] written = Run.Block(identity, isFirst, hash, (SecureProfileFlags)flags, expected.Hex("ext"));
        // Bits without a meaning are not ours to send.
        byte[] block = expected.Hex("block");
        Assert.Equal(flags & 7, written[5]);
        block[5] = written[5];
        Assert.Equal(block, written);

        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(expected.Hex("block"), out SecureBlock parsed));
        Assert.Equal((SecureProfileFlags)(flags & 7), parsed.Flags);
        Assert.Equal(identity.EntityId, parsed.EntityId);
        Assert.Equal(expected.Hex("ext"), parsed.Extension);
        Assert.True(parsed.VerifySignature(isFirst, hash));
        Assert.False(parsed.VerifySignature(!isFirst, hash));
    }

    private static void CheckKeys(JsonElement expected, SessionKeys keys)
    {
        Assert.Equal(Convert.FromHexString(expected[0].GetString()!), keys.InitiatorToResponder);
        Assert.Equal(Convert.FromHexString(expected[1].GetString()!), keys.ResponderToInitiator);
    }

    private static void CheckPackets(JsonElement vector, SessionKeys keys)
    {
        using var first = new PacketCipher(keys.InitiatorToResponder, keys.SessionId);
        using var second = new PacketCipher(keys.ResponderToInitiator, keys.SessionId);
        Assert.Equal(BitConverter.ToUInt32(vector.Hex("noncePrefix")), first.NoncePrefix);
        foreach (JsonElement packet in vector.GetProperty("packets").EnumerateArray())
        {
            PacketCipher cipher = packet.Text("direction") == "initiator->responder" ? first : second;
            var raw = new RawPacket(packet.Hex("datagram"));
            Assert.Equal(packet.Hex("aad"), raw.Aad);
            Assert.Equal(packet.Hex("plaintext"), raw.Open(cipher));
        }
    }

    private static NoiseHandshake InitiatorOf(JsonElement vector) => NoiseHandshake.CreateInitiator(
        vector.Hex("psk"), new(vector.GetProperty("responder").Hex("staticPublic")), vector.Hex("prologue"),
        StaticKeyPair.FromPrivateKey(vector.GetProperty("initiator").Hex("ephemeralPrivate")));

    private static NoiseHandshake ResponderOf(JsonElement vector) => NoiseHandshake.CreateResponder(
        vector.Hex("psk"), StaticKeyPair.FromPrivateKey(vector.GetProperty("responder").Hex("staticPrivate")), vector.Hex("prologue"),
        StaticKeyPair.FromPrivateKey(vector.GetProperty("responder").Hex("ephemeralPrivate")));
}
