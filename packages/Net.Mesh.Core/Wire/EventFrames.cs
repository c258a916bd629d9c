using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>Writes events into the plaintext of a packet: each is its length and its bytes (spec 01 §4).</summary>
public static class EventFrames
{
    /// <summary>The bytes that an event takes up in a packet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or above what one packet carries.</exception>
    public static int SizeOf(int eventLength)
    {
        if ((uint)eventLength > WireLimits.MaxEventBytes)
            throw TooLarge(eventLength, nameof(eventLength));
        return WireLimits.FrameHeaderBytes + eventLength;
    }

    /// <summary>Writes one event.</summary>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <param name="payload">The event, 0 to 8104 bytes.</param>
    /// <returns>The bytes written.</returns>
    /// <exception cref="ArgumentException">The event is larger than a packet, or the destination smaller than the frame.</exception>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> payload)
    {
        // Checked before anything is cast or written: a length that wraps would frame other bytes (spec 01 T27).
        if (payload.Length > WireLimits.MaxEventBytes)
            throw TooLarge(payload.Length, nameof(payload));
        int size = WireLimits.FrameHeaderBytes + payload.Length;
        if (destination.Length < size)
            throw new ArgumentException($"The frame takes {size} bytes; {destination.Length} were given.", nameof(destination));
        WriteUInt32LittleEndian(destination, (uint)payload.Length);
        payload.CopyTo(destination[WireLimits.FrameHeaderBytes..]);
        return size;
    }

    private static ArgumentOutOfRangeException TooLarge(int length, string parameter) =>
        new(parameter, length, $"An event in one packet has 0 to {WireLimits.MaxEventBytes} bytes.");
}
