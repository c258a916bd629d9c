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

    public static byte[] Encode<TState>(ulong nextNumber, PostcardCodec<TState> codec, TState state)
    {
        var inner = new ArrayBufferWriter<byte>(1024);
        codec.Encode(state, inner);
        var output = new ArrayBufferWriter<byte>(inner.WrittenCount + 20);
        var writer = new PostcardWriter(output);
        writer.WriteVarint(nextNumber);
        writer.WriteBytes(inner.WrittenSpan);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    public static bool TryDecode<TState>(
        ReadOnlySpan<byte> bytes, PostcardCodec<TState> codec, out ulong nextNumber, [MaybeNullWhen(false)] out TState state)
    {
        state = default;
        var reader = new PostcardReader(bytes);
        return reader.TryReadVarint(out nextNumber) && reader.TryReadBytes(out ReadOnlySpan<byte> inner) && codec.TryDecode(inner, out state);
    }
}
