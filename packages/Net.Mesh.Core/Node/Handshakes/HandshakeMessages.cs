using System.Buffers.Binary;
using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Builds and reads the two messages of a handshake: Noise around an optional node id and the block of the secure profile
/// (spec 11 §2).
/// </summary>
internal static class HandshakeMessages
{
    /// <summary>What this node can do beyond Net 0.27.</summary>
    public const SecureProfileFlags OurFlags = SecureProfileFlags.Rekey | SecureProfileFlags.LargeMessages | SecureProfileFlags.OrderedStreams;

    /// <summary>The longest handshake datagram without a routing header.</summary>
    public const int MaxBytes = WireLimits.HeaderBytes + NoiseHandshake.OverheadBytes + MaxPayloadBytes;

    private const int NodeIdBytes = sizeof(ulong);
    private const int MaxPayloadBytes = NodeIdBytes + SecureBlock.FixedBytes + SecureBlock.MaxExtensionBytes;

    /// <summary>The packet of message 1, ready to be sent or wrapped.</summary>
    public static int WriteFirst(NoiseHandshake noise, Identity identity, ulong? renews, in Continuity own, Span<byte> packet)
    {
        Span<byte> message = packet[WireLimits.HeaderBytes..];
        noise.BeginWrite(message);
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, identity.NodeId.Value);
        int length = NodeIdBytes + WriteBlock(noise, identity, isInitiator: true, renews, own, payload[NodeIdBytes..]);
        return Finish(noise, payload[..length], packet);
    }

    /// <summary>
    /// The packet of message 2; with a block only when the initiator sent one. The block repeats the session that is renewed, if it is:
    /// a responder that has restarted meanwhile knows none, and the initiator must not go on with streams that are gone.
    /// </summary>
    public static int WriteSecond(NoiseHandshake noise, Identity identity, bool isSecure, ulong? renewed, in Continuity own, Span<byte> packet)
    {
        noise.BeginWrite(packet[WireLimits.HeaderBytes..]);
        Span<byte> payload = stackalloc byte[MaxPayloadBytes];
        int length = isSecure ? WriteBlock(noise, identity, isInitiator: false, renewed, own, payload) : 0;
        return Finish(noise, payload[..length], packet);
    }

    /// <summary>What message 1 says, once its tag has verified.</summary>
    /// <param name="noise">The responder's state after reading.</param>
    /// <param name="payload">The decrypted payload.</param>
    /// <param name="expected">The node that is expected, for the direct form of Net 0.27, which says nothing.</param>
    /// <param name="routingId">The routing id that the prologue was made with.</param>
    /// <param name="claim">Who it is and what it offers.</param>
    public static DropReason? ReadFirst(NoiseHandshake noise, ReadOnlySpan<byte> payload, NodeId? expected, uint routingId, out HandshakeClaim claim)
    {
        claim = default;
        NodeId id;
        ReadOnlySpan<byte> rest;
        if (payload.Length >= NodeIdBytes)
        {
            id = new(BinaryPrimitives.ReadUInt64LittleEndian(payload));
            rest = payload[NodeIdBytes..];
        }
        else if (expected is { } caller)
        {
            id = caller;
            rest = [];
        }
        else
        {
            return DropReason.HandshakeFailed;
        }
        if (!SecureBlock.HasMagic(rest))
        {
            // A direct message of Net 0.27 has no payload; its surplus means nothing.
            id = expected ?? id;
            claim = new(id, null, SecureProfileFlags.None, null, null);
            return id.RoutingId == routingId ? null : DropReason.HandshakeIdMismatch;
        }
        if (SecureBlock.TryParse(rest, out SecureBlock block) != SecureBlockError.None)
            return DropReason.HandshakeBlockInvalid;
        if (Identity.NodeIdOf(block.EntityId) != id || id.RoutingId != routingId || (expected is { } wanted && wanted != id))
            return DropReason.HandshakeIdMismatch;
        if (!block.VerifySignature(byInitiator: true, noise.PayloadHash))
            return DropReason.HandshakeBlockInvalid;
        claim = ClaimOf(id, block);
        return null;
    }

    /// <summary>What message 2 says, once its tag has verified.</summary>
    public static DropReason? ReadSecond(NoiseHandshake noise, ReadOnlySpan<byte> payload, NodeId dialled, out HandshakeClaim claim)
    {
        claim = new(dialled, null, SecureProfileFlags.None, null, null);
        if (!SecureBlock.HasMagic(payload))
            return null;
        if (SecureBlock.TryParse(payload, out SecureBlock block) != SecureBlockError.None)
            return DropReason.HandshakeBlockInvalid;
        if (Identity.NodeIdOf(block.EntityId) != dialled)
            return DropReason.HandshakeIdMismatch;
        if (!block.VerifySignature(byInitiator: false, noise.PayloadHash))
            return DropReason.HandshakeBlockInvalid;
        claim = ClaimOf(dialled, block);
        return null;
    }

    private static HandshakeClaim ClaimOf(NodeId id, in SecureBlock block) => new(
        id, block.EntityId, block.Flags & OurFlags,
        block.TryGetRenewedSession(out ulong session) ? session : null,
        block.TryGetContinuity(out Continuity continuity) ? continuity : null);

    private static int WriteBlock(NoiseHandshake noise, Identity identity, bool isInitiator, ulong? renews, in Continuity own, Span<byte> destination)
    {
        Span<byte> hash = stackalloc byte[32];
        noise.GetHandshakeHash(hash);
        Span<byte> extension = stackalloc byte[SecureBlock.RenewedSessionBytes + SecureBlock.ContinuityBytes];
        int length = renews is { } session ? SecureBlock.WriteRenewedSession(extension, session) : 0;
        length += SecureBlock.WriteContinuity(extension[length..], own);
        return SecureBlock.Write(destination, OurFlags, identity, isInitiator, hash, extension[..length]);
    }

    private static int Finish(NoiseHandshake noise, ReadOnlySpan<byte> payload, Span<byte> packet)
    {
        Span<byte> message = packet[WireLimits.HeaderBytes..];
        int length = NoiseHandshake.EphemeralBytes + noise.FinishWrite(payload, message[NoiseHandshake.EphemeralBytes..]);
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = (ushort)length }.Write(packet);
        return WireLimits.HeaderBytes + length;
    }
}

/// <summary>What a handshake message claims, and has proven if there is an entity.</summary>
/// <param name="NodeId">The peer's node id.</param>
/// <param name="Entity">The proven entity; null for a peer of Net 0.27.</param>
/// <param name="Flags">What both can do.</param>
/// <param name="Renews">The session that the initiator renews, or that the responder agreed to renew.</param>
/// <param name="Continuity">What the peer remembers of this node, if it says so.</param>
internal readonly record struct HandshakeClaim(NodeId NodeId, EntityId? Entity, SecureProfileFlags Flags, ulong? Renews, Continuity? Continuity)
{
    public bool IsSecure => Entity is not null;
}
