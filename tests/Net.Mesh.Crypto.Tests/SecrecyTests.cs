namespace Net.Mesh.Crypto.Tests;

/// <summary>
/// What somebody can read who was only listening (spec 11 §11). He holds the mesh's pre-shared key, as every member does,
/// and both public keys; later perhaps the private ones.
/// </summary>
public sealed class SecrecyTests : IDisposable
{
    private static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];
    private static readonly byte[] Words = [.. "meet me at dawn"u8];

    private readonly Identity _initiator = Identity.Generate();
    private readonly Identity _responder = Identity.Generate();
    private readonly StaticKeyPair _initiatorStatic;
    private readonly StaticKeyPair _responderStatic;
    private readonly byte[] _prologue;

    public SecrecyTests()
    {
        _initiatorStatic = _initiator.CreateStaticKey();
        _responderStatic = _responder.CreateStaticKey();
        _prologue = Run.Prologue(_initiator.NodeId.Value, _responder.NodeId.Value);
    }

    public void Dispose()
    {
        _initiator.Dispose();
        _responder.Dispose();
        _initiatorStatic.Dispose();
        _responderStatic.Dispose();
    }

    [Fact]
    public void A_recorder_reads_a_reference_session()
    {
        Recording recording = Record(isSecure: false);
        using SessionKeys keys = ReferenceKeys.Derive(HashFrom(recording));
        Assert.Equal(Words, Open(keys.InitiatorToResponder, recording));
    }

    [Fact, Trait("spec", "01 T1"), Trait("spec", "02 T23")]
    public void A_recorder_cannot_read_a_secure_session()
    {
        Recording recording = Record(isSecure: true);
        byte[] hash = HashFrom(recording);
        using SessionKeys reference = ReferenceKeys.Derive(hash);
        // He has the right hash, so the tool is right; and neither it nor a chaining key without the secrets in it opens anything.
        Assert.Equal(recording.SessionId, reference.SessionId);
        AssertNoGuessOpens(recording, [[], new byte[32], hash, Psk]);
    }

    [Fact, Trait("spec", "01 T1")]
    public void A_later_leak_of_both_static_keys_does_not_open_a_recorded_secure_session()
    {
        Recording recording = Record(isSecure: true);

        // With the responder's key he gets as far as message 1's payload, which names the initiator and no more.
        using NoiseHandshake replayed = NoiseHandshake.CreateResponder(Psk, _responderStatic, _prologue);
        byte[] payload = Run.Read(replayed, recording.Message1)!;
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(payload.AsSpan(8), out SecureBlock block));
        Assert.Equal(_initiator.EntityId, block.EntityId);

        // Every secret that can be made of what leaked and what was seen, in both places where one is mixed in.
        byte[][] publics = [recording.Message1[..32], recording.Message2[..32], _initiatorStatic.PublicKey.ToArray(), _responderStatic.PublicKey.ToArray()];
        var secrets = new List<byte[]> { _initiator.ToBytes(), _responder.ToBytes() };
        foreach (StaticKeyPair leaked in (StaticKeyPair[])[_initiatorStatic, _responderStatic])
        {
            secrets.Add(leaked.ToBytes());
            foreach (byte[] seen in publics)
            {
                byte[] secret = new byte[32];
                Assert.True(leaked.TryAgree(seen, secret));
                secrets.Add(secret);
            }
        }
        AssertNoGuessOpens(recording, secrets);
    }

    [Fact]
    public void The_guesses_are_made_rightly_for_with_the_true_secrets_they_open_the_session()
    {
        using StaticKeyPair e = StaticKeyPair.Generate();
        byte[] privateKey = e.ToBytes();
        Recording recording = Record(isSecure: true, e);
        using StaticKeyPair leakedEphemeral = StaticKeyPair.FromPrivateKey(privateKey);
        byte[] es = new byte[32];
        byte[] ee = new byte[32];
        Assert.True(leakedEphemeral.TryAgree(_responderStatic.PublicKey.AsSpan(), es));
        Assert.True(leakedEphemeral.TryAgree(recording.Message2.AsSpan(0, 32), ee));
        Assert.Equal(Words, Guess(recording, es, ee));
    }

    private Recording Record(bool isSecure, StaticKeyPair? ephemeral = null)
    {
        using NoiseHandshake initiator = NoiseHandshake.CreateInitiator(Psk, _responderStatic.PublicKey, _prologue, ephemeral);
        using NoiseHandshake responder = NoiseHandshake.CreateResponder(Psk, _responderStatic, _prologue);
        byte[] id = BitConverter.GetBytes(_initiator.NodeId.Value);
        byte[] message1 = Run.Write(initiator, hash => isSecure ? [.. id, .. Run.Block(_initiator, true, hash)] : id);
        Assert.NotNull(Run.Read(responder, message1));
        byte[] message2 = Run.Write(responder, hash => isSecure ? Run.Block(_responder, false, hash) : []);
        Assert.NotNull(Run.Read(initiator, message2));
        using SessionKeys keys = isSecure ? initiator.Split() : initiator.DeriveReferenceKeys();
        using var cipher = new PacketCipher(keys.InitiatorToResponder, keys.SessionId);
        byte[] packet = new byte[Words.Length + PacketCipher.TagBytes];
        cipher.Seal(0, [], Words, packet);
        return new(message1, message2, keys.SessionId, packet);
    }

    /// <summary>The handshake hash, from what every member knows and what was seen: no secret goes into it but the psk.</summary>
    private byte[] HashFrom(Recording recording)
    {
        using var state = Start();
        state.MixHash(recording.Message1.AsSpan(0, 32));
        state.MixHash(recording.Message1.AsSpan(32));
        state.MixHash(recording.Message2.AsSpan(0, 32));
        state.MixHash(recording.Message2.AsSpan(32));
        return state.Hash.ToArray();
    }

    private void AssertNoGuessOpens(Recording recording, IReadOnlyCollection<byte[]> secrets)
    {
        using SessionKeys reference = ReferenceKeys.Derive(HashFrom(recording));
        Assert.Null(Open(reference.InitiatorToResponder, recording));
        Assert.Null(Open(reference.ResponderToInitiator, recording));
        foreach (byte[] es in secrets)
        {
            foreach (byte[] ee in secrets)
                Assert.Null(Guess(recording, es, ee));
        }
    }

    private byte[]? Guess(Recording recording, byte[] es, byte[] ee)
    {
        using var state = Start();
        state.MixKey(recording.Message1.AsSpan(0, 32));
        state.MixKey(es);
        state.MixKey(recording.Message2.AsSpan(0, 32));
        state.MixKey(ee);
        byte[] first = new byte[32];
        byte[] second = new byte[32];
        HmacBlake2s.Expand(state.ChainingKey, [], first, second);
        return Open(first, recording) ?? Open(second, recording);
    }

    private NoiseState Start()
    {
        var state = new NoiseState("Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"u8);
        state.MixHash(_prologue);
        state.MixHash(_responderStatic.PublicKey.AsSpan());
        state.MixKeyAndHash(Psk);
        return state;
    }

    private static byte[]? Open(ReadOnlySpan<byte> key, Recording recording)
    {
        using var cipher = new PacketCipher(key, recording.SessionId);
        byte[] plaintext = new byte[Words.Length];
        return cipher.TryOpen(0, [], recording.Packet, plaintext) ? plaintext : null;
    }

    private sealed record Recording(byte[] Message1, byte[] Message2, ulong SessionId, byte[] Packet);
}
