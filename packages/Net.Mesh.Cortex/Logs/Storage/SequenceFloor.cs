using System.Buffers.Binary;
using System.IO.Hashing;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>
/// The side file <c>~next</c> of a channel: the sequence below which none is given out again, written whenever the index alone
/// would not say so (06 T4): after everything was evicted, after a damaged tail, after a skip. Net 0.27 never looks at it.
/// </summary>
/// <param name="Next">The sequence; 0 when there is no file, or it says nothing.</param>
/// <param name="IsDamaged">Whether there is a file that says nothing.</param>
/// <remarks>"RXNS", version 1, three zeros, the sequence as u64, and the low 32 bits of XXH3-64 of all that; 20 bytes.</remarks>
internal readonly record struct SequenceFloor(ulong Next, bool IsDamaged)
{
    public const int Size = 20;

    private static ReadOnlySpan<byte> Head => [(byte)'R', (byte)'X', (byte)'N', (byte)'S', 1, 0, 0, 0];

    public static byte[] Encode(ulong nextSeq)
    {
        byte[] bytes = new byte[Size];
        Head.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), nextSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)XxHash3.HashToUInt64(bytes.AsSpan(0, 16)));
        return bytes;
    }

    /// <param name="bytes">Null when there is no file.</param>
    public static SequenceFloor Decode(byte[]? bytes)
    {
        if (bytes is null)
            return default;
        bool isWhole = bytes.Length == Size && bytes.AsSpan().StartsWith(Head)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16)) == (uint)XxHash3.HashToUInt64(bytes.AsSpan(0, 16));
        return isWhole ? new(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)), IsDamaged: false) : new(0, IsDamaged: true);
    }
}
