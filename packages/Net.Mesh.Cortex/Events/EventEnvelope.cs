using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>An event as a log of folded state holds it: the 24 bytes of <see cref="EventMeta"/>, then its tail (spec 06 §4.1).</summary>
/// <param name="Meta">What it is, whose, and its number.</param>
/// <param name="Tail">What the model wrote; not copied.</param>
public readonly record struct EventEnvelope(EventMeta Meta, ReadOnlyMemory<byte> Tail)
{
    /// <summary>The bytes that it takes in a log.</summary>
    public int Size => checked(EventMeta.Size + Tail.Length);

    /// <summary>An event with its checksum.</summary>
    /// <param name="dispatch">What it is; <see cref="CortexDispatch.FirstOfApplication"/> and above are free to use.</param>
    /// <param name="origin">Who writes it.</param>
    /// <param name="number">The writer's own counter, or a Unix time in nanoseconds: one of the two for the whole log.</param>
    /// <param name="tail">What the model reads.</param>
    /// <param name="flags">See <see cref="CortexEventFlags"/>.</param>
    public static EventEnvelope Create(byte dispatch, OriginHash origin, ulong number, ReadOnlyMemory<byte> tail, byte flags = CortexEventFlags.None)
    {
        var meta = new EventMeta(dispatch, origin, number, flags);
        return new EventEnvelope(meta with { Checksum = CortexChecksum.ComputeWithMeta(meta, tail.Span) }, tail);
    }

    /// <summary>Reads a payload and checks its checksum. The tail is a slice of the payload.</summary>
    public static EventFault TryRead(ReadOnlyMemory<byte> payload, out EventEnvelope envelope)
    {
        EventFault fault = TryRead(payload.Span, out EventMeta meta, out _);
        envelope = fault == EventFault.None ? new EventEnvelope(meta, payload[EventMeta.Size..]) : default;
        return fault;
    }

    /// <summary>Reads a payload and checks its checksum. The tail is a slice of the payload; nothing is allocated.</summary>
    public static EventFault TryRead(ReadOnlySpan<byte> payload, out EventMeta meta, out ReadOnlySpan<byte> tail)
    {
        tail = default;
        if (!EventMeta.TryRead(payload, out meta))
            return EventFault.TooShort;
        if (!CortexChecksum.Verify(meta, payload[EventMeta.Size..]))
            return EventFault.BadChecksum;
        tail = payload[EventMeta.Size..];
        return EventFault.None;
    }

    /// <summary>Writes meta and tail as they are; the destination has <see cref="Size"/> bytes or more.</summary>
    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> destination)
    {
        Meta.Write(destination);
        Tail.Span.CopyTo(destination[EventMeta.Size..]);
        return Size;
    }

    /// <summary>Meta and tail in one array.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }
}
