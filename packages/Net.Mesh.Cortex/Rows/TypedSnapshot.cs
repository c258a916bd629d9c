using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Rows;

/// <summary>The snapshot of one model: the number that its writer gives next, and its state with its length in front (spec 06 §7.4).</summary>
internal static class TypedSnapshot
{
    private const int MostReserved = 16 * 1024;

    /// <summary>The places to reserve for so many entries: a count is believed only so far before the entries are there.</summary>
    public static int Capacity(int count) => Math.Min(count, MostReserved);

    /// <param name="nextNumber">The number that the writer gives next.</param>
    /// <param name="codec">Of the state.</param>
    /// <param name="state">The state.</param>
    /// <param name="expectedBytes">About how large the state will be, so that it is seldom copied while it is written.</param>
    public static byte[] Encode<TState>(ulong nextNumber, PostcardCodec<TState> codec, TState state, int expectedBytes)
    {
        var inner = new ArrayBufferWriter<byte>(expectedBytes);
        codec.Encode(state, inner);
        var head = new ArrayBufferWriter<byte>(128);
        var writer = new PostcardWriter(head);
        writer.WriteVarint(nextNumber);
        writer.WriteVarint((ulong)inner.WrittenCount);
        writer.Flush();
        return [.. head.WrittenSpan, .. inner.WrittenSpan];
    }

    public static bool TryDecode<TState>(
        ReadOnlySpan<byte> bytes, PostcardCodec<TState> codec, out ulong nextNumber, [MaybeNullWhen(false)] out TState state)
    {
        state = default;
        var reader = new PostcardReader(bytes);
        return reader.TryReadVarint(out nextNumber) && reader.TryReadBytes(out ReadOnlySpan<byte> inner) && codec.TryDecode(inner, out state);
    }
}
