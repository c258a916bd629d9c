using System.Buffers.Binary;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// Cuts a list of events into packets: as many events as fit into each, and an event that fits into none in pieces (spec 01 §4,
/// 11 §9). A value: a copy of it measures what the original will send.
/// </summary>
internal struct PacketPacker(int maxPayloadBytes)
{
    private readonly int _maxEventBytes = maxPayloadBytes - WireLimits.FrameHeaderBytes;
    private int _nextEvent;
    private int _pieceOffset;
    private ushort _pieceIndex;
    private ushort _fragmentId;

    public readonly bool IsDone(in EventList events) => _nextEvent >= events.Count;

    /// <summary>The plaintext length of the next packet, without making it; the packer goes on behind it.</summary>
    public int Measure(in EventList events)
    {
        int length = events.LengthOf(_nextEvent);
        if (length > _maxEventBytes)
            return WireLimits.FrameHeaderBytes + TakePiece(length).Length;
        return TakeRun(events, out _);
    }

    /// <summary>Makes the next packet; the packer goes on behind it.</summary>
    /// <param name="events">What is being sent.</param>
    /// <param name="buffers">Where its buffer comes from.</param>
    /// <param name="stream">The stream, which counts its messages in pieces.</param>
    public PacketContent Next(in EventList events, PacketBufferPool buffers, StreamState stream)
    {
        int length = events.LengthOf(_nextEvent);
        if (length > _maxEventBytes)
        {
            if (_pieceOffset == 0)
                _fragmentId = stream.NextFragmentId++;
            return NextPiece(events[_nextEvent], buffers);
        }
        int first = _nextEvent;
        int total = TakeRun(events, out int count);
        byte[] buffer = buffers.Rent(total);
        int at = 0;
        for (int i = first; i < first + count; i++)
        {
            ReadOnlySpan<byte> payload = events[i];
            BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), (uint)payload.Length);
            payload.CopyTo(buffer.AsSpan(at + WireLimits.FrameHeaderBytes));
            at += WireLimits.FrameHeaderBytes + payload.Length;
        }
        return new PacketContent { Buffer = buffer, Length = total, EventCount = (ushort)count };
    }

    private PacketContent NextPiece(ReadOnlySpan<byte> message, PacketBufferPool buffers)
    {
        ushort index = _pieceIndex;
        (int offset, int pieceLength, bool isLast) = TakePiece(message.Length);
        byte[] buffer = buffers.Rent(WireLimits.FrameHeaderBytes + pieceLength);
        int written = EventFrames.Write(buffer, message.Slice(offset, pieceLength));
        return new PacketContent
        {
            Buffer = buffer,
            Length = written,
            EventCount = 1,
            FragmentFlags = (byte)(FragmentPlace.Fragment | (isLast ? FragmentPlace.Last : 0)),
            FragmentId = _fragmentId,
            FragmentOffset = index,
        };
    }

    private (int Offset, int Length, bool IsLast) TakePiece(int messageLength)
    {
        int offset = _pieceOffset;
        int length = Math.Min(_maxEventBytes, messageLength - offset);
        bool isLast = offset + length == messageLength;
        if (isLast)
        {
            _nextEvent++;
            _pieceOffset = 0;
            _pieceIndex = 0;
        }
        else
        {
            _pieceOffset += length;
            _pieceIndex++;
        }
        return (offset, length, isLast);
    }

    private int TakeRun(in EventList events, out int count)
    {
        int total = 0;
        count = 0;
        while (_nextEvent < events.Count && count < WireLimits.MaxEventsPerPacket)
        {
            int size = WireLimits.FrameHeaderBytes + events.LengthOf(_nextEvent);
            if (total + size > maxPayloadBytes)
                break;
            total += size;
            count++;
            _nextEvent++;
        }
        return total;
    }
}
