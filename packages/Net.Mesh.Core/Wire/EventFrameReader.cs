using static System.Buffers.Binary.BinaryPrimitives;

namespace Net.Mesh.Wire;

/// <summary>
/// Reads the events of a packet's plaintext one after another, without a copy. It ends at the count, or without complaint at
/// the first frame that is not complete; what is left behind the last event is ignored (spec 01 §4, 02 I12).
/// </summary>
public ref struct EventFrameReader
{
    private readonly ReadOnlySpan<byte> _plaintext;
    private int _remainingEvents;
    private int _next;

    /// <summary>Reads from the start of a plaintext.</summary>
    /// <param name="plaintext">The opened payload.</param>
    /// <param name="eventCount">The number of events that the header names; a negative one is 0.</param>
    public EventFrameReader(ReadOnlySpan<byte> plaintext, int eventCount)
    {
        _plaintext = plaintext;
        _remainingEvents = eventCount;
    }

    /// <summary>Where in the plaintext the event begins that was read last.</summary>
    public int Offset { get; private set; }

    /// <summary>Reads the next event; false at the end, and from then on.</summary>
    public bool TryRead(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (_remainingEvents <= 0)
            return false;
        ReadOnlySpan<byte> rest = _plaintext[_next..];
        if (rest.Length < WireLimits.FrameHeaderBytes)
            return End();
        uint length = ReadUInt32LittleEndian(rest);
        if (length > (uint)(rest.Length - WireLimits.FrameHeaderBytes))
            return End();
        Offset = _next + WireLimits.FrameHeaderBytes;
        _next = Offset + (int)length;
        _remainingEvents--;
        payload = _plaintext.Slice(Offset, (int)length);
        return true;
    }

    private bool End()
    {
        _remainingEvents = 0;
        return false;
    }
}
