using System.Runtime.InteropServices;

namespace Net.Mesh.Bus;

/// <summary>Where an event's bytes stand on their way through a ring: in a slab, or in an array that the caller handed over.</summary>
/// <param name="Owner">A <see cref="PayloadSlab"/> or a <c>byte[]</c>.</param>
/// <param name="Offset">Where the payload begins.</param>
/// <param name="Length">How long it is.</param>
internal readonly record struct Payload(object Owner, int Offset, int Length)
{
    public ReadOnlyMemory<byte> Memory => new(Owner is PayloadSlab slab ? slab.Buffer : (byte[])Owner, Offset, Length);

    /// <summary>Takes the caller's memory as it is; only memory that is no array is copied.</summary>
    public static Payload Borrow(ReadOnlyMemory<byte> memory)
    {
        if (MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) && segment.Array is not null)
            return new(segment.Array, segment.Offset, segment.Count);
        byte[] copy = memory.ToArray();
        return new(copy, 0, copy.Length);
    }
}
