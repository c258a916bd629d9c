using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Net.Mesh.Crypto;

/// <summary>The compression function of BLAKE2s (RFC 7693 §3.2), on vectors where the machine has them.</summary>
internal static class Blake2sCompression
{
    public static ReadOnlySpan<uint> InitialVector =>
    [
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ];

    private static ReadOnlySpan<byte> Schedule =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    /// <summary>Folds one 64-byte block into the eight words of the chain.</summary>
    /// <param name="chain">Eight words.</param>
    /// <param name="block">64 bytes.</param>
    /// <param name="counted">Bytes hashed so far, this block included.</param>
    /// <param name="isLast">Whether the message ends with this block.</param>
    public static void Compress(Span<uint> chain, ReadOnlySpan<byte> block, ulong counted, bool isLast)
    {
        if (Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian)
            CompressVector(chain, block, counted, isLast);
        else
            CompressScalar(chain, block, counted, isLast);
    }

    internal static void CompressVector(Span<uint> chain, ReadOnlySpan<byte> block, ulong counted, bool isLast)
    {
        ref readonly uint m = ref MemoryMarshal.Cast<byte, uint>(block[..Blake2sState.BlockBytes])[0];
        Vector128<uint> low = Vector128.Create<uint>(chain[..4]);
        Vector128<uint> high = Vector128.Create<uint>(chain[4..8]);
        Vector128<uint> a = low;
        Vector128<uint> b = high;
        Vector128<uint> c = Vector128.Create<uint>(InitialVector[..4]);
        Vector128<uint> d = Vector128.Create<uint>(InitialVector[4..]) ^ Vector128.Create((uint)counted, (uint)(counted >> 32), isLast ? uint.MaxValue : 0, 0);

        // The schedule is spelled out so that every word is taken from a fixed place.
        Round(ref a, ref b, ref c, ref d, in m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        Round(ref a, ref b, ref c, ref d, in m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
        Round(ref a, ref b, ref c, ref d, in m, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
        Round(ref a, ref b, ref c, ref d, in m, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
        Round(ref a, ref b, ref c, ref d, in m, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
        Round(ref a, ref b, ref c, ref d, in m, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
        Round(ref a, ref b, ref c, ref d, in m, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
        Round(ref a, ref b, ref c, ref d, in m, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
        Round(ref a, ref b, ref c, ref d, in m, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
        Round(ref a, ref b, ref c, ref d, in m, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);

        (low ^ a ^ c).CopyTo(chain);
        (high ^ b ^ d).CopyTo(chain[4..]);
    }

    internal static void CompressScalar(Span<uint> chain, ReadOnlySpan<byte> block, ulong counted, bool isLast)
    {
        Span<uint> m = stackalloc uint[16];
        for (int i = 0; i < m.Length; i++)
            m[i] = BinaryPrimitives.ReadUInt32LittleEndian(block[(i * sizeof(uint))..]);
        Span<uint> v = stackalloc uint[16];
        chain[..8].CopyTo(v);
        InitialVector.CopyTo(v[8..]);
        v[12] ^= (uint)counted;
        v[13] ^= (uint)(counted >> 32);
        v[14] ^= isLast ? uint.MaxValue : 0;

        for (ReadOnlySpan<byte> s = Schedule; !s.IsEmpty; s = s[16..])
        {
            Mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
            Mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
            Mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
            Mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
            Mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
            Mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
            Mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
            Mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
        }
        for (int i = 0; i < 8; i++)
            chain[i] ^= v[i] ^ v[i + 8];
    }

    private static void Mix(Span<uint> v, int a, int b, int c, int d, uint x, uint y)
    {
        v[a] += v[b] + x;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 12);
        v[a] += v[b] + y;
        v[d] = BitOperations.RotateRight(v[d] ^ v[a], 8);
        v[c] += v[d];
        v[b] = BitOperations.RotateRight(v[b] ^ v[c], 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, ref readonly uint m,
        int s0, int s1, int s2, int s3, int s4, int s5, int s6, int s7, int s8, int s9, int s10, int s11, int s12, int s13, int s14, int s15)
    {
        HalfRound(ref a, ref b, ref c, ref d, Gather(in m, s0, s2, s4, s6), Gather(in m, s1, s3, s5, s7));

        // The diagonals become columns, and columns again afterwards.
        b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
        HalfRound(ref a, ref b, ref c, ref d, Gather(in m, s8, s10, s12, s14), Gather(in m, s9, s11, s13, s15));
        b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void HalfRound(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, Vector128<uint> x, Vector128<uint> y)
    {
        a = a + b + x;
        d = RotateRight16(d ^ a);
        c += d;
        b ^= c;
        b = (b >>> 12) | (b << 20);
        a = a + b + y;
        d = RotateRight8(d ^ a);
        c += d;
        b ^= c;
        b = (b >>> 7) | (b << 25);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateRight16(Vector128<uint> x) =>
        Vector128.Shuffle(x.AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateRight8(Vector128<uint> x) =>
        Vector128.Shuffle(x.AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Gather(ref readonly uint m, int i, int j, int k, int l)
    {
        ref uint first = ref Unsafe.AsRef(in m);
        return Vector128.Create(Unsafe.Add(ref first, i), Unsafe.Add(ref first, j), Unsafe.Add(ref first, k), Unsafe.Add(ref first, l));
    }
}
