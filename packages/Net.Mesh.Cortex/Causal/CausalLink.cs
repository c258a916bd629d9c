using System.Buffers.Binary;
using Net.Mesh.Cortex.Hashing;

namespace Net.Mesh.Cortex;

/// <summary>
/// An event's place in the chain of its origin: 32 bytes in front of its payload (spec 06 §9). Nothing signs it; what it proves is
/// that nothing between two links is missing.
/// </summary>
/// <param name="Origin">Whose chain.</param>
/// <param name="Horizon">The origins that the event had seen.</param>
/// <param name="Sequence">Its number in the chain; 0 begins it.</param>
/// <param name="ParentHash">The hash of the link and payload before it; 0 at the beginning.</param>
public readonly record struct CausalLink(OriginHash Origin, HorizonBloom Horizon, ulong Sequence, ulong ParentHash)
{
    /// <summary>How many bytes it takes.</summary>
    public const int Size = 32;

    /// <summary>Whether a chain begins here.</summary>
    public bool IsGenesis => Sequence == 0 && ParentHash == 0;

    /// <summary>The beginning of a chain. Its payload is empty, and it is not sent: the first event is the one behind it.</summary>
    public static CausalLink Genesis(OriginHash origin, HorizonBloom horizon = default) => new(origin, horizon, 0, 0);

    /// <summary>The link behind this one; null when the sequences are used up.</summary>
    /// <param name="payload">The payload of this one.</param>
    /// <param name="horizon">The origins that the next event has seen.</param>
    public CausalLink? Next(ReadOnlySpan<byte> payload, HorizonBloom horizon = default) =>
        Sequence == ulong.MaxValue ? null : new CausalLink(Origin, horizon, Sequence + 1, HashWith(payload));

    /// <summary>Whether another link goes behind this one.</summary>
    /// <param name="next">The other link.</param>
    /// <param name="payload">The payload of this one.</param>
    /// <returns>The first thing that is wrong.</returns>
    public CausalFault Check(in CausalLink next, ReadOnlySpan<byte> payload)
    {
        if (next.Origin != Origin)
            return CausalFault.OriginMismatch;
        if (Sequence == ulong.MaxValue || next.Sequence != Sequence + 1)
            return CausalFault.SequenceGap;
        return next.ParentHash == HashWith(payload) ? CausalFault.None : CausalFault.ParentHashMismatch;
    }

    /// <summary>The hash that the link behind this one has to carry.</summary>
    /// <param name="payload">The payload of this one.</param>
    public ulong HashWith(ReadOnlySpan<byte> payload)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return JoinedHash.Of(bytes, payload);
    }

    /// <summary>Writes it; the destination has <see cref="Size"/> bytes or more.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Origin.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], Horizon.Bits);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], ParentHash);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    /// <summary>Reads it from the front of the bytes; false when there are too few.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CausalLink link)
    {
        link = default;
        if (bytes.Length < Size)
            return false;
        link = new CausalLink(
            new OriginHash(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            new HorizonBloom(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
        return true;
    }
}
