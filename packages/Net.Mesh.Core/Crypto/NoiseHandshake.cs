using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>
/// One run of <c>Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s</c> (spec 01 §6), message by message: <c>-> psk, e, es</c> and
/// <c>&lt;- e, ee</c>. Knows no datagrams and no policy. Not thread-safe.
/// </summary>
/// <remarks>
/// The initiator writes, then reads; the responder reads, then writes. A message is written in two steps because the secure
/// profile signs the hash between them (spec 11 §2).
/// <code>
/// initiator  BeginWrite → FinishWrite → TryRead → complete
/// responder  TryRead → BeginWrite → FinishWrite → complete
/// </code>
/// </remarks>
public sealed class NoiseHandshake : IDisposable
{
    /// <summary>The length of the ephemeral public key that begins each message: 32.</summary>
    public const int EphemeralBytes = NoisePublicKey.Length;

    /// <summary>How many bytes a message is longer than its payload: 48.</summary>
    public const int OverheadBytes = EphemeralBytes + PacketCipher.TagBytes;

    /// <summary>The length of the mesh's pre-shared key: 32.</summary>
    public const int PskBytes = 32;

    private const int SharedSecretBytes = 32;

    private readonly NoiseState _state;
    private readonly SecretBytes _payloadHash = new(Blake2s.HashBytes);
    private readonly bool _isInitiator;
    private readonly StaticKeyPair? _ownStatic;
    private readonly NoisePublicKey _responderStatic;
    private StaticKeyPair? _ephemeral;
    private NoisePublicKey _peerEphemeral;
    private Step _step;

    private NoiseHandshake(ReadOnlySpan<byte> psk, bool isInitiator, in NoisePublicKey responderStatic, StaticKeyPair? ownStatic, ReadOnlySpan<byte> prologue, StaticKeyPair? ephemeral)
    {
        if (psk.Length != PskBytes)
            throw new ArgumentException($"The mesh's pre-shared key has {PskBytes} bytes; {psk.Length} were given.", nameof(psk));
        _isInitiator = isInitiator;
        _responderStatic = responderStatic;
        _ownStatic = ownStatic;
        _ephemeral = ephemeral;
        _step = isInitiator ? Step.Write : Step.Read;
        _state = new(ProtocolName);
        _state.MixHash(prologue);
        _state.MixHash(responderStatic.AsSpan());
        // The psk token opens message 1 and needs nothing of it, so the key itself need not be kept.
        _state.MixKeyAndHash(psk);
    }

    private enum Step
    {
        Write,
        Writing,
        Read,
        Complete,
    }

    /// <summary>Whether both messages are done, so that keys can be taken.</summary>
    public bool IsComplete => _step == Step.Complete;

    /// <summary>
    /// The handshake hash just before the payload of the last message read was decrypted: what the signature in the peer's
    /// secure block covers (spec 11 §2). Zeros before a message was read.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handshake has been disposed of.</exception>
    public ReadOnlySpan<byte> PayloadHash => _payloadHash.Span;

    private static ReadOnlySpan<byte> ProtocolName => "Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s"u8;

    /// <summary>The dialling side.</summary>
    /// <param name="psk">The mesh's 32-byte key; mixed in at once, not kept.</param>
    /// <param name="responderStatic">The public key of the node that is dialled.</param>
    /// <param name="prologue">What both sides know beforehand; see <see cref="HandshakePrologue"/>. May be empty.</param>
    /// <param name="ephemeral">For vectors only: a fixed ephemeral. The handshake takes it over and disposes of it, so it cannot serve twice.</param>
    /// <exception cref="ArgumentException"><paramref name="psk"/> has another length.</exception>
    public static NoiseHandshake CreateInitiator(ReadOnlySpan<byte> psk, in NoisePublicKey responderStatic, ReadOnlySpan<byte> prologue, StaticKeyPair? ephemeral = null) =>
        new(psk, isInitiator: true, responderStatic, ownStatic: null, prologue, ephemeral);

    /// <summary>The answering side.</summary>
    /// <param name="psk">The mesh's 32-byte key; mixed in at once, not kept.</param>
    /// <param name="responderStatic">This node's static key; it stays the caller's and must outlive the handshake.</param>
    /// <param name="prologue">What both sides know beforehand; see <see cref="HandshakePrologue"/>. May be empty.</param>
    /// <param name="ephemeral">For vectors only: a fixed ephemeral. The handshake takes it over and disposes of it, so it cannot serve twice.</param>
    /// <exception cref="ArgumentException"><paramref name="psk"/> has another length.</exception>
    public static NoiseHandshake CreateResponder(ReadOnlySpan<byte> psk, StaticKeyPair responderStatic, ReadOnlySpan<byte> prologue, StaticKeyPair? ephemeral = null)
    {
        ArgumentNullException.ThrowIfNull(responderStatic);
        return new(psk, isInitiator: false, responderStatic.PublicKey, responderStatic, prologue, ephemeral);
    }

    /// <summary>First step of a message: makes the ephemeral, mixes the message's tokens and writes the ephemeral's public key.</summary>
    /// <param name="ephemeralPublic">At least 32 bytes; the first 32 of the message are written there.</param>
    /// <exception cref="ArgumentException"><paramref name="ephemeralPublic"/> is shorter than 32 bytes.</exception>
    /// <exception cref="InvalidOperationException">It is not this side's turn to write.</exception>
    /// <exception cref="MeshException">Kind <c>invalid-public-key</c>: the responder's public key is of low order, so there is no secret to share with it.</exception>
    public void BeginWrite(Span<byte> ephemeralPublic)
    {
        Require(Step.Write);
        if (ephemeralPublic.Length < EphemeralBytes)
            throw new ArgumentException($"An ephemeral public key takes {EphemeralBytes} bytes; the destination has {ephemeralPublic.Length}.", nameof(ephemeralPublic));
        _ephemeral ??= StaticKeyPair.Generate();
        ReadOnlySpan<byte> own = _ephemeral.PublicKey.AsSpan();
        own.CopyTo(ephemeralPublic);
        MixEphemeral(own);
        if (!TryMixAgreement(_ephemeral, _isInitiator ? _responderStatic : _peerEphemeral))
            throw new MeshException("invalid-public-key", $"The public key {_responderStatic} is of low order: nothing can be kept secret with it. Take the peer's key from its ticket again.");
        _step = Step.Writing;
    }

    /// <summary>The handshake hash h as it is now; between the two steps of a message it is what a secure block signs.</summary>
    /// <param name="destination">At least 32 bytes; the first 32 are written.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The handshake has been disposed of.</exception>
    public void GetHandshakeHash(Span<byte> destination) => _state.Hash.CopyTo(destination);

    /// <summary>Second step of a message: encrypts its payload, which goes behind the ephemeral public key.</summary>
    /// <param name="payload">The payload; may be empty.</param>
    /// <param name="destination">At least 16 bytes longer than <paramref name="payload"/>.</param>
    /// <returns>How many bytes were written: the payload's length and 16.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    /// <exception cref="InvalidOperationException"><see cref="BeginWrite"/> was not called just before.</exception>
    public int FinishWrite(ReadOnlySpan<byte> payload, Span<byte> destination)
    {
        Require(Step.Writing);
        _state.Encrypt(payload, destination);
        _step = _isInitiator ? Step.Read : Step.Complete;
        return payload.Length + PacketCipher.TagBytes;
    }

    /// <summary>Reads the peer's message if it verifies.</summary>
    /// <param name="message">The whole Noise message: ephemeral, encrypted payload, tag.</param>
    /// <param name="payload">Receives the payload; at most 48 bytes shorter than <paramref name="message"/>, and not the same memory.</param>
    /// <param name="payloadLength">The payload's length; 0 when false is returned.</param>
    /// <returns>
    /// False when the message is too short, too long for <paramref name="payload"/>, brings a low-order key, or its tag is
    /// wrong, and when no message is awaited any more. The handshake is then as before and another message can be tried (spec 01, T3).
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="payload"/> overlaps <paramref name="message"/>, so a failure would destroy it.</exception>
    /// <exception cref="InvalidOperationException">It is this side's turn to write.</exception>
    public bool TryRead(ReadOnlySpan<byte> message, Span<byte> payload, out int payloadLength)
    {
        payloadLength = 0;
        if (IsComplete)
            return false;
        Require(Step.Read);
        if (message.Overlaps(payload))
            throw new ArgumentException("The payload's buffer overlaps the message.", nameof(payload));
        int length = message.Length - OverheadBytes;
        if (length < 0 || payload.Length < length)
            return false;

        Span<byte> saved = stackalloc byte[NoiseState.Bytes];
        _state.SaveTo(saved);
        bool isVerified = TryReadTokens(message, payload[..length]);
        if (isVerified)
        {
            payloadLength = length;
            _step = _isInitiator ? Step.Complete : Step.Write;
        }
        else
        {
            _state.Restore(saved);
        }
        CryptographicOperations.ZeroMemory(saved);
        return isVerified;
    }

    /// <summary>
    /// The keys of a session with a 0.27.2 node (spec 01 §6.3). They follow from the handshake hash alone: whoever has the
    /// mesh's key and the responder's public key, and saw both messages, can compute them (T1).
    /// </summary>
    /// <exception cref="InvalidOperationException">The handshake is not complete.</exception>
    public SessionKeys DeriveReferenceKeys()
    {
        Require(Step.Complete);
        return ReferenceKeys.Derive(_state.Hash);
    }

    /// <summary>The keys of a secure session (spec 11 §3): Noise's own, from the chaining key that only the two ephemerals' holders know.</summary>
    /// <exception cref="InvalidOperationException">The handshake is not complete.</exception>
    public SessionKeys Split()
    {
        Require(Step.Complete);
        var keys = new SessionKeys(BinaryPrimitives.ReadUInt64LittleEndian(_state.Hash));
        HmacBlake2s.Expand(_state.ChainingKey, [], keys.FirstKey, keys.SecondKey);
        return keys;
    }

    /// <summary>Wipes everything secret, the ephemeral included. Calling it again does nothing.</summary>
    public void Dispose()
    {
        _state.Dispose();
        _payloadHash.Dispose();
        _ephemeral?.Dispose();
    }

    private bool TryReadTokens(ReadOnlySpan<byte> message, Span<byte> payload)
    {
        var peerEphemeral = new NoisePublicKey(message[..EphemeralBytes]);
        MixEphemeral(peerEphemeral.AsSpan());
        if (!TryMixAgreement(_isInitiator ? _ephemeral! : _ownStatic!, peerEphemeral))
            return false;
        Span<byte> hash = stackalloc byte[Blake2s.HashBytes];
        GetHandshakeHash(hash);
        if (!_state.TryDecrypt(message[EphemeralBytes..], payload))
            return false;
        hash.CopyTo(_payloadHash.Span);
        _peerEphemeral = peerEphemeral;
        return true;
    }

    private void MixEphemeral(ReadOnlySpan<byte> publicKey)
    {
        _state.MixHash(publicKey);
        // Patterns with a psk mix every ephemeral into the key as well (Noise rev 34 §9.2).
        _state.MixKey(publicKey);
    }

    private bool TryMixAgreement(StaticKeyPair own, in NoisePublicKey peer)
    {
        Span<byte> secret = stackalloc byte[SharedSecretBytes];
        if (!own.TryAgree(peer.AsSpan(), secret))
            return false;
        _state.MixKey(secret);
        CryptographicOperations.ZeroMemory(secret);
        return true;
    }

    private void Require(Step step)
    {
        ObjectDisposedException.ThrowIf(_payloadHash.IsDisposed, this);
        if (_step != step)
            throw new InvalidOperationException($"The handshake is at '{_step}'; this call belongs to '{step}'.");
    }
}
