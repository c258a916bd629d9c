namespace Net.Mesh.Crypto.Tests;

/// <summary>One message at a time, as a driver of handshakes would do it.</summary>
internal static class Run
{
    public delegate byte[] PayloadOf(byte[] handshakeHash);

    public static byte[] Prologue(ulong initiator, ulong responder)
    {
        byte[] prologue = new byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, new NodeId(initiator).RoutingId, new NodeId(responder).RoutingId);
        return prologue;
    }

    public static byte[] Write(NoiseHandshake handshake, byte[] payload) => Write(handshake, _ => payload);

    public static byte[] Write(NoiseHandshake handshake, PayloadOf payloadOf)
    {
        byte[] ephemeral = new byte[NoiseHandshake.EphemeralBytes];
        handshake.BeginWrite(ephemeral);
        byte[] payload = payloadOf(HashOf(handshake));
        byte[] body = new byte[payload.Length + PacketCipher.TagBytes];
        Assert.Equal(body.Length, handshake.FinishWrite(payload, body));
        return [.. ephemeral, .. body];
    }

    /// <summary>The payload, or null when the message does not verify.</summary>
    public static byte[]? Read(NoiseHandshake handshake, byte[] message)
    {
        byte[] payload = new byte[1024];
        return handshake.TryRead(message, payload, out int length) ? payload[..length] : null;
    }

    public static byte[] HashOf(NoiseHandshake handshake)
    {
        byte[] hash = new byte[Blake2s.HashBytes];
        handshake.GetHandshakeHash(hash);
        return hash;
    }

    public static byte[] Block(Identity identity, bool isInitiator, byte[] hash, SecureProfileFlags flags = SecureProfileFlags.Rekey, byte[]? ext = null)
    {
        byte[] block = new byte[SecureBlock.FixedBytes + (ext?.Length ?? 0)];
        Assert.Equal(block.Length, SecureBlock.Write(block, flags, identity, isInitiator, hash, ext));
        return block;
    }
}
