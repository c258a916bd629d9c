using CsCheck;

namespace Net.Mesh.Crypto.Tests;

public sealed class NoiseHandshakeTests : IDisposable
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];
    private readonly StaticKeyPair _static = StaticKeyPair.Generate();
    private readonly byte[] _prologue = Run.Prologue(1, 2);

    public void Dispose() => _static.Dispose();

    [Fact]
    public void Two_sides_agree_whatever_they_say() =>
        Gen.Select(Gen.Byte.Array[0, 700], Gen.Byte.Array[0, 700]).Sample((first, second) =>
        {
            using NoiseHandshake initiator = Initiator();
            using NoiseHandshake responder = Responder();
            Assert.Equal(first, Run.Read(responder, Run.Write(initiator, first)));
            Assert.Equal(second, Run.Read(initiator, Run.Write(responder, second)));
            using SessionKeys ours = initiator.Split();
            using SessionKeys theirs = responder.Split();
            Assert.Equal(ours.SessionId, theirs.SessionId);
            Assert.Equal(ours.InitiatorToResponder, theirs.InitiatorToResponder);
            Assert.Equal(ours.ResponderToInitiator, theirs.ResponderToInitiator);
            Assert.False(ours.InitiatorToResponder.SequenceEqual(ours.ResponderToInitiator));
        }, iter: 20);

    [Fact]
    public void No_ephemeral_is_ever_used_twice()
    {
        var seen = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            using NoiseHandshake initiator = Initiator();
            using NoiseHandshake responder = Responder();
            byte[] message1 = Run.Write(initiator, []);
            Assert.NotNull(Run.Read(responder, message1));
            Assert.True(seen.Add(Convert.ToHexString(message1[..32])));
            Assert.True(seen.Add(Convert.ToHexString(Run.Write(responder, [])[..32])));
        }
    }

    [Fact]
    public void A_given_ephemeral_serves_one_handshake_only()
    {
        StaticKeyPair ephemeral = StaticKeyPair.Generate();
        using (NoiseHandshake first = NoiseHandshake.CreateInitiator(Psk, _static.PublicKey, _prologue, ephemeral))
            Run.Write(first, []);
        using NoiseHandshake second = NoiseHandshake.CreateInitiator(Psk, _static.PublicKey, _prologue, ephemeral);
        Assert.Throws<ObjectDisposedException>(() => Run.Write(second, []));
    }

    [Fact, Trait("spec", "01 T3")]
    public void What_does_not_verify_leaves_an_initiator_waiting_for_what_does()
    {
        using NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        byte[] message1 = Run.Write(initiator, [1]);
        Assert.NotNull(Run.Read(responder, message1));
        byte[] message2 = Run.Write(responder, [2, 3]);

        using NoiseHandshake other = Initiator();
        byte[] stale = StaleAnswer();
        byte[] hash = Run.HashOf(initiator);
        foreach (byte[] wrong in (byte[][])[[], new byte[47], new byte[48], new byte[200], message1, Run.Write(other, []), stale, message2[..^1], [.. message2, 0], Flipped(message2, 3), Flipped(message2, 40), Flipped(message2, message2.Length - 1)])
        {
            Assert.Null(Run.Read(initiator, wrong));
            Assert.Equal(hash, Run.HashOf(initiator));
            Assert.False(initiator.IsComplete);
        }
        Assert.Equal([2, 3], Run.Read(initiator, message2));
        Assert.True(initiator.IsComplete);
        // A second copy finds nobody waiting.
        Assert.Null(Run.Read(initiator, message2));
    }

    [Fact, Trait("spec", "01 T3")]
    public void What_does_not_verify_leaves_a_responder_waiting_for_what_does()
    {
        using NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        byte[] message1 = Run.Write(initiator, [1, 2]);
        byte[] hash = Run.HashOf(responder);
        for (int i = 0; i < message1.Length; i++)
            Assert.Null(Run.Read(responder, Flipped(message1, i)));
        for (int length = 0; length < message1.Length; length++)
            Assert.Null(Run.Read(responder, message1[..length]));
        Assert.Equal(hash, Run.HashOf(responder));
        Assert.Equal([1, 2], Run.Read(responder, message1));
        Assert.NotNull(Run.Read(initiator, Run.Write(responder, [])));
    }

    [Fact]
    public void A_replayed_first_message_leads_to_a_session_that_nobody_can_confirm()
    {
        using NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        using NoiseHandshake again = Responder();
        byte[] message1 = Run.Write(initiator, []);
        Assert.NotNull(Run.Read(responder, message1));
        Assert.NotNull(Run.Read(again, message1));
        Assert.NotNull(Run.Read(initiator, Run.Write(responder, [])));
        Run.Write(again, []);
        using SessionKeys live = initiator.Split();
        using SessionKeys replayed = again.Split();
        Assert.NotEqual(live.SessionId, replayed.SessionId);
        Assert.False(live.InitiatorToResponder.SequenceEqual(replayed.InitiatorToResponder));
    }

    [Fact]
    public void A_wrong_key_prologue_or_responder_is_refused()
    {
        byte[] otherPsk = [.. Psk];
        otherPsk[31] ^= 1;
        using StaticKeyPair otherStatic = StaticKeyPair.Generate();
        using NoiseHandshake initiator = Initiator();
        byte[] message1 = Run.Write(initiator, []);
        using NoiseHandshake wrongPsk = NoiseHandshake.CreateResponder(otherPsk, _static, _prologue);
        using NoiseHandshake wrongPrologue = NoiseHandshake.CreateResponder(Psk, _static, Run.Prologue(1, 3));
        using NoiseHandshake wrongStatic = NoiseHandshake.CreateResponder(Psk, otherStatic, _prologue);
        Assert.Null(Run.Read(wrongPsk, message1));
        Assert.Null(Run.Read(wrongPrologue, message1));
        Assert.Null(Run.Read(wrongStatic, message1));
    }

    // The points of order 1, 2, 4 and 8 on the curve and its twist, and their second encodings.
    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")]
    [InlineData("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    public void A_key_of_low_order_is_refused_on_both_sides(string key)
    {
        byte[] lowOrder = Convert.FromHexString(key);
        using NoiseHandshake responder = Responder();
        byte[] hash = Run.HashOf(responder);
        Assert.Null(Run.Read(responder, AnswerFor(lowOrder)));
        Assert.Equal(hash, Run.HashOf(responder));

        using NoiseHandshake initiator = NoiseHandshake.CreateInitiator(Psk, new(lowOrder), _prologue);
        Assert.Equal("invalid-public-key", Assert.Throws<MeshException>(() => initiator.BeginWrite(new byte[32])).Kind);
    }

    [Fact]
    public void The_payload_hash_is_what_the_writer_signed_over()
    {
        using NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        byte[] signedFirst = [];
        byte[] signedSecond = [];
        byte[] message1 = Run.Write(initiator, hash => signedFirst = hash);
        Assert.NotNull(Run.Read(responder, message1));
        Assert.Equal(signedFirst, responder.PayloadHash);
        byte[] message2 = Run.Write(responder, hash => signedSecond = hash);
        Assert.NotNull(Run.Read(initiator, message2));
        Assert.Equal(signedSecond, initiator.PayloadHash);
    }

    [Fact]
    public void Steps_out_of_order_are_named_and_change_nothing()
    {
        using NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        Assert.Throws<InvalidOperationException>(() => initiator.FinishWrite([], new byte[16]));
        Assert.Throws<InvalidOperationException>(() => initiator.TryRead(new byte[48], [], out _));
        Assert.Throws<InvalidOperationException>(() => responder.BeginWrite(new byte[32]));
        Assert.Throws<InvalidOperationException>(() => initiator.Split());
        Assert.Throws<InvalidOperationException>(() => responder.DeriveReferenceKeys());
        byte[] message1 = Run.Write(initiator, []);
        Assert.Throws<InvalidOperationException>(() => initiator.BeginWrite(new byte[32]));
        Assert.Throws<ArgumentException>(() => responder.TryRead(message1, message1, out _));
        Assert.False(responder.TryRead([.. message1, 1, 2], new byte[1], out _));
        Assert.NotNull(Run.Read(responder, message1));
        Assert.NotNull(Run.Read(initiator, Run.Write(responder, [])));
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        Assert.Contains("16 were given", Assert.Throws<ArgumentException>(() => NoiseHandshake.CreateInitiator(new byte[16], _static.PublicKey, [])).Message);
        using NoiseHandshake initiator = Initiator();
        Assert.Throws<ArgumentException>(() => initiator.BeginWrite(new byte[31]));
        initiator.BeginWrite(new byte[32]);
        Assert.Throws<ArgumentException>(() => initiator.FinishWrite([1], new byte[16]));
    }

    [Fact]
    public void A_handshake_disposed_of_gives_nothing_more()
    {
        NoiseHandshake initiator = Initiator();
        using NoiseHandshake responder = Responder();
        Assert.NotNull(Run.Read(responder, Run.Write(initiator, [])));
        Assert.NotNull(Run.Read(initiator, Run.Write(responder, [])));
        initiator.Dispose();
        initiator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => initiator.Split());
        Assert.Throws<ObjectDisposedException>(() => initiator.DeriveReferenceKeys());
        Assert.Throws<ObjectDisposedException>(() => initiator.GetHandshakeHash(new byte[32]));
        // The responder's static key is not the handshake's to wipe.
        responder.Dispose();
        Assert.Equal(32, _static.ToBytes().Length);
    }

    private NoiseHandshake Initiator() => NoiseHandshake.CreateInitiator(Psk, _static.PublicKey, _prologue);

    private NoiseHandshake Responder() => NoiseHandshake.CreateResponder(Psk, _static, _prologue);

    private byte[] StaleAnswer()
    {
        using NoiseHandshake earlier = Initiator();
        using NoiseHandshake responder = Responder();
        Assert.NotNull(Run.Read(responder, Run.Write(earlier, [])));
        return Run.Write(responder, []);
    }

    /// <summary>Message 1 with a low-order ephemeral, made as an attacker would: the shared secret is all zero, so every tag can be right.</summary>
    private byte[] AnswerFor(byte[] lowOrder)
    {
        using var state = new NoiseState("Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"u8);
        state.MixHash(_prologue);
        state.MixHash(_static.PublicKey.AsSpan());
        state.MixKeyAndHash(Psk);
        state.MixHash(lowOrder);
        state.MixKey(lowOrder);
        state.MixKey(new byte[32]);
        byte[] tag = new byte[PacketCipher.TagBytes];
        state.Encrypt([], tag);
        return [.. lowOrder, .. tag];
    }

    private static byte[] Flipped(byte[] message, int at)
    {
        byte[] copy = [.. message];
        copy[at] ^= 1;
        return copy;
    }
}
