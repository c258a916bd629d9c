using System.Buffers.Binary;
using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>What came of a handshake message.</summary>
internal enum HandshakeOutcome
{
    /// <summary>The handshake is complete.</summary>
    Complete,

    /// <summary>The message does not verify; another one may.</summary>
    Unverified,

    /// <summary>It verifies, but its secure block is malformed, or proves somebody else.</summary>
    Refused,

    /// <summary>It verifies, comes from a reference peer, and those are not admitted.</summary>
    ReferencePeer,
}

/// <summary>
/// The two messages of a link's handshake (spec 01 §18, §6.2; 11 §2): Noise with an empty prologue. Ours carry a secure block
/// in the payload that a reference peer decrypts and ignores; where both brought one, the keys are Noise's own (11 §3).
/// </summary>
internal static class LinkHandshake
{
    /// <summary>What we offer in a block.</summary>
    public const SecureProfileFlags Offer = SecureProfileFlags.Rekey | SecureProfileFlags.OrderedStreams;

    private const int NodeIdBytes = sizeof(ulong);
    private const int MaxPayloadBytes = NodeIdBytes + SecureBlock.FixedBytes + SecureBlock.MaxExtensionBytes;

    /// <summary>The longest datagram of a handshake.</summary>
    public const int MaxDatagramBytes = WireLimits.HeaderBytes + NoiseHandshake.OverheadBytes + MaxPayloadBytes;

    /// <summary>Writes the first message as a datagram.</summary>
    /// <returns>The length of the datagram.</returns>
    public static int WriteFirst(NoiseHandshake noise, Identity identity, ulong? renewedSession, Span<byte> datagram)
    {
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        Span<byte> message = datagram[WireLimits.HeaderBytes..];
        noise.BeginWrite(message);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, identity.NodeId.Value);
        int length = NodeIdBytes + WriteBlock(noise, identity, isInitiator: true, renewedSession, payload[NodeIdBytes..]);
        return Finish(noise, payload[..length], datagram);
    }

    /// <summary>Reads the first message and, when the peer may hold a session, writes the answer.</summary>
    /// <param name="noise">A fresh responder; complete when the outcome says so.</param>
    /// <param name="message">The Noise message.</param>
    /// <param name="policy">Who is admitted.</param>
    /// <param name="currentSession">The session that the peer may renew.</param>
    /// <param name="answer">Room for the answer's datagram.</param>
    /// <param name="answerLength">The answer's length.</param>
    /// <param name="proof">Who the peer is.</param>
    public static HandshakeOutcome Answer(
        NoiseHandshake noise, ReadOnlySpan<byte> message, in HandshakePolicy policy, LinkSession? currentSession,
        Span<byte> answer, out int answerLength, out PeerProof proof)
    {
        answerLength = 0;
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        proof = PeerProof.None;
        if (!noise.TryRead(message, payload, out int length))
            return HandshakeOutcome.Unverified;
        payload = payload[..length];
        Span<byte> block = length >= NodeIdBytes ? payload[NodeIdBytes..] : [];
        HandshakeOutcome outcome = Judge(noise, block, byInitiator: true, policy, out proof);
        if (outcome != HandshakeOutcome.Complete)
            return outcome;
        if (proof.Entity is { } entity && Identity.NodeIdOf(entity).Value != BinaryPrimitives.ReadUInt64LittleEndian(payload))
            return HandshakeOutcome.Refused;

        bool renews = proof.RenewedSession is { } named && currentSession?.Id == named && currentSession.Proof.Entity == proof.Entity;
        proof = proof with { RenewedSession = renews ? proof.RenewedSession : null };
        Span<byte> own = stackalloc byte[MaxPayloadBytes];
        noise.BeginWrite(answer[WireLimits.HeaderBytes..]);
        // A block goes only to a peer that brought one (spec 11 §2).
        int ownLength = proof.IsSecure ? WriteBlock(noise, policy.Identity, isInitiator: false, proof.RenewedSession, own) : 0;
        answerLength = Finish(noise, own[..ownLength], answer);
        return HandshakeOutcome.Complete;
    }

    /// <summary>Reads the answer to a first message.</summary>
    public static HandshakeOutcome Complete(NoiseHandshake noise, ReadOnlySpan<byte> message, in HandshakePolicy policy, out PeerProof proof)
    {
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        proof = PeerProof.None;
        return noise.TryRead(message, payload, out int length)
            ? Judge(noise, payload[..length], byInitiator: false, policy, out proof)
            : HandshakeOutcome.Unverified;
    }

    private static HandshakeOutcome Judge(NoiseHandshake noise, ReadOnlySpan<byte> payload, bool byInitiator, in HandshakePolicy policy, out PeerProof proof)
    {
        proof = PeerProof.None;
        if (!SecureBlock.HasMagic(payload))
            return policy.AdmitsReference ? HandshakeOutcome.Complete : HandshakeOutcome.ReferencePeer;
        bool isGenuine = SecureBlock.TryParse(payload, out SecureBlock block) == SecureBlockError.None
            && (policy.PeerEntity is not { } expected || expected == block.EntityId)
            && block.VerifySignature(byInitiator, noise.PayloadHash);
        if (!isGenuine)
            return HandshakeOutcome.Refused;
        proof = new(block.EntityId, block.Flags & Offer, block.TryGetRenewedSession(out ulong renewed) ? renewed : null);
        return HandshakeOutcome.Complete;
    }

    private static int WriteBlock(NoiseHandshake noise, Identity identity, bool isInitiator, ulong? renewedSession, Span<byte> destination)
    {
        Span<byte> extension = stackalloc byte[SecureBlock.RenewedSessionBytes];
        int extensionLength = renewedSession is { } session ? SecureBlock.WriteRenewedSession(extension, session) : 0;
        Span<byte> hash = stackalloc byte[32];
        noise.GetHandshakeHash(hash);
        return SecureBlock.Write(destination, Offer, identity, isInitiator, hash, extension[..extensionLength]);
    }

    private static int Finish(NoiseHandshake noise, ReadOnlySpan<byte> payload, Span<byte> datagram)
    {
        int length = NoiseHandshake.EphemeralBytes + noise.FinishWrite(payload, datagram[(WireLimits.HeaderBytes + NoiseHandshake.EphemeralBytes)..]);
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = (ushort)length }.Write(datagram);
        return WireLimits.HeaderBytes + length;
    }
}

/// <summary>Who may hold a session, and who we are.</summary>
internal readonly record struct HandshakePolicy(Identity Identity, bool AdmitsReference, EntityId? PeerEntity);
