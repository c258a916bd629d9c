using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>The messages of <see cref="SubprotocolId.StreamLifecycle"/>, by their first byte (spec 11 §10).</summary>
public enum StreamLifecycleKind : byte
{
    /// <summary><see cref="StreamClose"/>.</summary>
    Close = 1,

    /// <summary><see cref="StreamClosed"/>.</summary>
    Closed = 2,

    /// <summary><see cref="Wire.Goodbye"/>.</summary>
    Goodbye = 3,
}

/// <summary>How a stream ended at its receiver.</summary>
public enum StreamClosedStatus : byte
{
    /// <summary>The application has everything up to the close.</summary>
    Delivered,

    /// <summary>The receiving application ended it.</summary>
    Aborted,

    /// <summary>Something was missing and could not be had.</summary>
    GapGivenUp,

    /// <summary>The receiver knows no such stream.</summary>
    UnknownStream,
}

/// <summary>Why a node leaves.</summary>
public enum GoodbyeReason : byte
{
    /// <summary>It shuts down.</summary>
    Shutdown,

    /// <summary>It goes on elsewhere.</summary>
    Migrating,

    /// <summary>It has too much to do.</summary>
    Overloaded,
}

/// <summary>A sender closes a stream (spec 11 §10).</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Epoch">Which lifetime of the id is meant.</param>
/// <param name="FinalSequence">The sequence that would have been used next; nothing follows it.</param>
public readonly record struct StreamClose(ulong StreamId, uint Epoch, ulong FinalSequence)
{
    /// <summary>The length in bytes: 21.</summary>
    public const int Bytes = 21;

    /// <summary>Reads exactly 21 bytes of this kind; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out StreamClose close)
    {
        bool isClose = message.Length == Bytes && message[0] == (byte)StreamLifecycleKind.Close;
        close = isClose
            ? new(ReadUInt64LittleEndian(message[1..]), ReadUInt32LittleEndian(message[9..]), ReadUInt64LittleEndian(message[13..]))
            : default;
        return isClose;
    }

    /// <summary>Writes the 21 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        bytes[0] = (byte)StreamLifecycleKind.Close;
        WriteUInt64LittleEndian(bytes[1..], StreamId);
        WriteUInt32LittleEndian(bytes[9..], Epoch);
        WriteUInt64LittleEndian(bytes[13..], FinalSequence);
    }
}

/// <summary>A receiver answers a close, or ends a stream unasked (spec 11 §10).</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Epoch">Which lifetime of the id is meant.</param>
/// <param name="Status">How it ended.</param>
/// <param name="DeliveredSequence">The sequence that the application would have been given next.</param>
public readonly record struct StreamClosed(ulong StreamId, uint Epoch, StreamClosedStatus Status, ulong DeliveredSequence)
{
    /// <summary>The length in bytes: 22.</summary>
    public const int Bytes = 22;

    private const int StatusOffset = 13;

    /// <summary>Reads exactly 22 bytes of this kind with a known status; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out StreamClosed closed)
    {
        bool isClosed = message.Length == Bytes
            && message[0] == (byte)StreamLifecycleKind.Closed
            && message[StatusOffset] <= (byte)StreamClosedStatus.UnknownStream;
        closed = isClosed
            ? new(
                ReadUInt64LittleEndian(message[1..]),
                ReadUInt32LittleEndian(message[9..]),
                (StreamClosedStatus)message[StatusOffset],
                ReadUInt64LittleEndian(message[14..]))
            : default;
        return isClosed;
    }

    /// <summary>Writes the 22 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        bytes[0] = (byte)StreamLifecycleKind.Closed;
        WriteUInt64LittleEndian(bytes[1..], StreamId);
        WriteUInt32LittleEndian(bytes[9..], Epoch);
        bytes[StatusOffset] = (byte)Status;
        WriteUInt64LittleEndian(bytes[14..], DeliveredSequence);
    }
}

/// <summary>A node leaves (spec 11 §10). A reason that this version does not know is kept as its number: the node leaves all the same.</summary>
/// <param name="Reason">Why.</param>
public readonly record struct Goodbye(GoodbyeReason Reason)
{
    /// <summary>The length in bytes: 2.</summary>
    public const int Bytes = 2;

    /// <summary>Reads exactly 2 bytes of this kind; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out Goodbye goodbye)
    {
        bool isGoodbye = message.Length == Bytes && message[0] == (byte)StreamLifecycleKind.Goodbye;
        goodbye = isGoodbye ? new((GoodbyeReason)message[1]) : default;
        return isGoodbye;
    }

    /// <summary>Writes the 2 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter.</exception>
    public void Write(Span<byte> destination)
    {
        Span<byte> bytes = destination[..Bytes];
        bytes[0] = (byte)StreamLifecycleKind.Goodbye;
        bytes[1] = (byte)Reason;
    }
}
