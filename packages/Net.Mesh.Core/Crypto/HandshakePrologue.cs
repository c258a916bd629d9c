using System.Buffers.Binary;

namespace Net.Mesh.Crypto;

/// <summary>
/// What both ends of a mesh handshake mix in without sending it (spec 01 §6.1): a relay that changed a routing id would make
/// the first tag fail.
/// </summary>
public static class HandshakePrologue
{
    /// <summary>The length in bytes: 32.</summary>
    public const int Bytes = 32;

    private static ReadOnlySpan<byte> Label => "net-handshake-v1"u8;

    /// <summary>Writes the prologue of a handshake between two nodes.</summary>
    /// <param name="destination">At least 32 bytes; the first 32 are written.</param>
    /// <param name="initiatorRoutingId">The low 32 bits of the initiator's node id.</param>
    /// <param name="responderRoutingId">The low 32 bits of the responder's node id.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public static void Write(Span<byte> destination, uint initiatorRoutingId, uint responderRoutingId)
    {
        if (destination.Length < Bytes)
            throw new ArgumentException($"A handshake's prologue takes {Bytes} bytes; the destination has {destination.Length}.", nameof(destination));
        Label.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], initiatorRoutingId);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], responderRoutingId);
    }
}
