using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>A receiver's grant of credit (spec 01 §10.1). It is absolute, so a lost one is made good by the next.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="TotalConsumed">The bytes accepted so far: plaintext and <see cref="WireLimits.PacketOverheadBytes"/> of every packet.</param>
/// <param name="AckSequence">The next sequence that the receiver expects; 0 on fire-and-forget streams.</param>
public readonly record struct StreamWindow(ulong StreamId, ulong TotalConsumed, ulong AckSequence)
{
    /// <summary>The length in bytes: 24.</summary>
    public const int Bytes = 24;

    /// <summary>Reads exactly 24 bytes; false for another length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out StreamWindow window)
    {
        bool isWindow = message.Length == Bytes;
        window = isWindow
            ? new(ReadUInt64LittleEndian(message), ReadUInt64LittleEndian(message[8..]), ReadUInt64LittleEndian(message[16..]))
            : default;
        return isWindow;
    }

    /// <summary>Writes the 24 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        WriteUInt64LittleEndian(bytes, StreamId);
        WriteUInt64LittleEndian(bytes[8..], TotalConsumed);
        WriteUInt64LittleEndian(bytes[16..], AckSequence);
    }
}

/// <summary>What a receiver misses of a reliable stream (spec 01 §10.2).</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="NextExpected">A sequence that is missing.</param>
/// <param name="MissingBitmap">Bit <i>i</i> says that <paramref name="NextExpected"/> + 1 + <i>i</i> is missing too.</param>
public readonly record struct StreamNack(ulong StreamId, ulong NextExpected, ulong MissingBitmap)
{
    /// <summary>The length in bytes: 24.</summary>
    public const int Bytes = 24;

    /// <summary>Reads exactly 24 bytes; false for another length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out StreamNack nack)
    {
        bool isNack = message.Length == Bytes;
        nack = isNack
            ? new(ReadUInt64LittleEndian(message), ReadUInt64LittleEndian(message[8..]), ReadUInt64LittleEndian(message[16..]))
            : default;
        return isNack;
    }

    /// <summary>Writes the 24 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        WriteUInt64LittleEndian(bytes, StreamId);
        WriteUInt64LittleEndian(bytes[8..], NextExpected);
        WriteUInt64LittleEndian(bytes[16..], MissingBitmap);
    }
}

/// <summary>A sender gives up a stream (spec 01 §10.3).</summary>
/// <param name="StreamId">The stream.</param>
public readonly record struct StreamReset(ulong StreamId)
{
    /// <summary>The length in bytes: 8.</summary>
    public const int Bytes = 8;

    /// <summary>Reads exactly 8 bytes; false for another length.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out StreamReset reset)
    {
        bool isReset = message.Length == Bytes;
        reset = isReset ? new(ReadUInt64LittleEndian(message)) : default;
        return isReset;
    }

    /// <summary>Writes the 8 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination) => WriteUInt64LittleEndian(destination, StreamId);
}
