namespace Net.Mesh.Transport;

/// <summary>
/// Which datagram sizes the kernel would not cut for a destination: with UDP_SEGMENT it refuses sizes above the path's MTU,
/// and everything where the device cannot do checksums, while the same datagrams sent singly are fragmented and get through.
/// A table of fixed size: a destination that loses its place to another is tried again. Any thread may use it.
/// </summary>
internal sealed class SegmentLimits
{
    private const int Size = 256;
    private const int SizeBits = 17;

    // 32 bits of the address's hash over the smallest size that failed. Addresses that share all 32 bits share a limit, which
    // costs speed only.
    private readonly long[] _entries = new long[Size];

    /// <summary>Whether datagrams of this size may be joined for the destination.</summary>
    public bool Allows(in DatagramAddress address, int length)
    {
        uint hash = (uint)address.GetHashCode();
        long entry = Volatile.Read(ref _entries[Slot(hash)]);
        return entry >> SizeBits != hash || length < SizeOf(entry);
    }

    /// <summary>Remembers that this size, and any above it, was refused.</summary>
    public void Refuse(in DatagramAddress address, int length)
    {
        uint hash = (uint)address.GetHashCode();
        ref long slot = ref _entries[Slot(hash)];
        long entry = Volatile.Read(ref slot);
        int smallest = entry >> SizeBits == hash ? Math.Min(length, SizeOf(entry)) : length;
        Volatile.Write(ref slot, ((long)hash << SizeBits) | (uint)smallest);
    }

    private static int SizeOf(long entry) => entry == 0 ? int.MaxValue : (int)(entry & ((1 << SizeBits) - 1));

    private static int Slot(uint hash) => (int)((hash * 0x9E3779B1u) >> 24);
}
