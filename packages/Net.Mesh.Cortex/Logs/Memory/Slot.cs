using System.Runtime.InteropServices;

namespace Net.Mesh.Cortex.Logs;

/// <summary>
/// What a log keeps in memory of one entry: 20 bytes, those of an inline payload included. The sequence follows from the place in
/// the block.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct Slot
{
    /// <summary>The inline payload; or where the payload begins in the block, and its length above.</summary>
    public ulong Body;

    /// <summary>Flags and checksum, as in the index.</summary>
    public uint Tail;

    /// <summary>When it was appended, in nanoseconds of Unix time.</summary>
    public ulong Time;

    public readonly bool IsInline => (Tail & (uint)RedexFlags.Inline) != 0;

    public readonly uint Start => (uint)Body;

    public readonly uint Length => (uint)(Body >> 32);
}
