using System.Text.Json;

namespace Net.Mesh.Crypto.Tests;

public sealed class NoiseVectorTests
{
    public static TheoryData<string> Profiles => ["mesh-direct", "mesh-routed", "single-peer"];

    [Fact]
    public void The_public_Noise_vector_comes_out_byte_for_byte()
    {
        JsonElement vector = Vectors.Wire("noiseOfficial");
        JsonElement[] messages = [.. vector.GetProperty("messages").EnumerateArray()];
        using StaticKeyPair responderStatic = StaticKeyPair.FromPrivateKey(vector.Hex("responderStaticPrivate"));
        Assert.Equal(vector.Hex("responderStaticPublic"), responderStatic.PublicKey.ToArray());
        using NoiseHandshake initiator = NoiseHandshake.CreateInitiator(
            vector.Hex("psk"), responderStatic.PublicKey, vector.Hex("prologue"), StaticKeyPair.FromPrivateKey(vector.Hex("initiatorEphemeralPrivate")));
        using NoiseHandshake responder = NoiseHandshake.CreateResponder(
            vector.Hex("psk"), responderStatic, vector.Hex("prologue"), StaticKeyPair.FromPrivateKey(vector.Hex("responderEphemeralPrivate")));

        Exchange(initiator, responder, messages[0]);
        Exchange(responder, initiator, messages[1]);
        Assert.Equal(vector.Hex("handshakeHash"), Run.HashOf(initiator));
        Assert.Equal(vector.Hex("handshakeHash"), Run.HashOf(responder));

        // Transport messages of Noise are packets of a session whose nonce prefix is zero and without associated data.
        using SessionKeys keys = initiator.Split();
        using var first = new PacketCipher(keys.InitiatorToResponder, 0);
        using var second = new PacketCipher(keys.ResponderToInitiator, 0);
        for (int i = 2; i < messages.Length; i++)
        {
            byte[] payload = messages[i].Hex("payload");
            byte[] ciphertext = new byte[payload.Length + PacketCipher.TagBytes];
            (i % 2 == 0 ? first : second).Seal((ulong)(i / 2) - 1, [], payload, ciphertext);
            Assert.Equal(messages[i].Hex("ciphertext"), ciphertext);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void A_handshake_of_the_vectors_comes_out_byte_for_byte(string profile)
    {
        JsonElement vector = Vectors.Wire("handshakes").Named(profile);
        using StaticKeyPair responderStatic = StaticKeyPair.FromPrivateKey(vector.Hex("responderStaticPrivate"));
        using NoiseHandshake initiator = NoiseHandshake.CreateInitiator(
            vector.Hex("psk"), new(vector.Hex("responderStaticPublic")), vector.Hex("prologue"), StaticKeyPair.FromPrivateKey(vector.Hex("initiatorEphemeralPrivate")));
        using NoiseHandshake responder = NoiseHandshake.CreateResponder(
            vector.Hex("psk"), responderStatic, vector.Hex("prologue"), StaticKeyPair.FromPrivateKey(vector.Hex("responderEphemeralPrivate")));

        byte[] message1 = Run.Write(initiator, vector.Hex("msg1Payload"));
        Assert.Equal(vector.Hex("msg1"), message1);
        Assert.Equal(vector.Hex("msg1Payload"), Run.Read(responder, message1));
        byte[] message2 = Run.Write(responder, vector.Hex("msg2Payload"));
        Assert.Equal(vector.Hex("msg2"), message2);
        Assert.Equal(vector.Hex("msg2Payload"), Run.Read(initiator, message2));

        foreach (NoiseHandshake side in (NoiseHandshake[])[initiator, responder])
        {
            Assert.True(side.IsComplete);
            Assert.Equal(vector.Hex("handshakeHash"), Run.HashOf(side));
            using SessionKeys keys = side.DeriveReferenceKeys();
            Assert.Equal(vector.Id("sessionId"), keys.SessionId);
            Assert.Equal(vector.Hex("keyInitiatorToResponder"), keys.InitiatorToResponder);
            Assert.Equal(vector.Hex("keyResponderToInitiator"), keys.ResponderToInitiator);
            using SessionKeys split = side.Split();
            JsonElement expected = vector.GetProperty("noiseSplitUnused");
            Assert.Equal(Convert.FromHexString(expected[0].GetString()!), split.InitiatorToResponder);
            Assert.Equal(Convert.FromHexString(expected[1].GetString()!), split.ResponderToInitiator);
        }
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void The_hash_after_every_step_is_that_of_the_trace(string profile)
    {
        JsonElement vector = Vectors.Wire("handshakes").Named(profile);
        JsonElement[] trace = [.. vector.GetProperty("trace").EnumerateArray()];
        using var state = new NoiseState("Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"u8);
        Check(trace[0]);
        state.MixHash(vector.Hex("prologue"));
        Check(trace[1]);
        state.MixHash(vector.Hex("responderStaticPublic"));
        Check(trace[2]);
        state.MixKeyAndHash(vector.Hex("psk"));
        Check(trace[3]);
        state.MixHash(vector.Hex("initiatorEphemeralPublic"));
        Check(trace[4]);
        state.MixKey(vector.Hex("initiatorEphemeralPublic"));
        Check(trace[5]);
        state.MixKey(vector.Hex("dhEs"));
        Check(trace[6]);

        void Check(JsonElement step)
        {
            Assert.Equal(step.Hex("h"), state.Hash);
            Assert.Equal(step.Hex("ck"), state.ChainingKey);
        }
    }

    [Fact]
    public void The_prologue_holds_both_routing_ids()
    {
        foreach (JsonElement vector in Vectors.File("mesh.json").GetProperty("handshake_prologue").EnumerateArray())
            Assert.Equal(vector.Hex("prologue"), Run.Prologue(vector.Id("initiator_node_id"), vector.Id("responder_node_id")));
        Assert.Throws<ArgumentException>(() => HandshakePrologue.Write(new byte[31], 1, 2));
    }

    private static void Exchange(NoiseHandshake from, NoiseHandshake to, JsonElement message)
    {
        byte[] written = Run.Write(from, message.Hex("payload"));
        Assert.Equal(message.Hex("ciphertext"), written);
        Assert.Equal(message.Hex("payload"), Run.Read(to, written));
    }
}
