using System.Buffers;
using System.Buffers.Binary;

namespace Net.Mesh.Cortex;

/// <summary>
/// Causal events one after the other, each with its length in front (spec 06 §9, subprotocol 0x0400). How many there are travels
/// outside.
/// </summary>
public static class CausalFrames
{
    /// <summary>The bytes in front of each payload: the length, and the link.</summary>
    public const int Overhead = sizeof(uint) + CausalLink.Size;

    /// <summary>Writes an event behind what the output holds.</summary>
    public static void Write(in CausalEvent causal, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> head = output.GetSpan(Overhead);
        BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)CausalLink.Size + (uint)causal.Payload.Length);
        causal.Link.Write(head[sizeof(uint)..]);
        output.Advance(Overhead);
        output.Write(causal.Payload.Span);
    }

    /// <summary>Takes the event at the front; false at the end, and at the first that is malformed: there reading ends.</summary>
    /// <param name="bytes">What is left of the frame; the event is taken off when there is one.</param>
    /// <param name="causal">The event. Its payload is a slice of the bytes.</param>
    public static bool TryRead(ref ReadOnlyMemory<byte> bytes, out CausalEvent causal)
    {
        causal = default;
        ReadOnlySpan<byte> span = bytes.Span;
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(span, out uint length)
            || length < CausalLink.Size
            || length > (uint)(span.Length - sizeof(uint))
            || !CausalLink.TryRead(span[sizeof(uint)..], out CausalLink link))
        {
            return false;
        }
        causal = new CausalEvent(link, bytes.Slice(Overhead, (int)length - CausalLink.Size));
        bytes = bytes[(sizeof(uint) + (int)length)..];
        return true;
    }
}
