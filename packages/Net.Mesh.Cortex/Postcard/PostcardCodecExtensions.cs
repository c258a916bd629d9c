using Net.Mesh.Cortex.Codecs;

namespace Net.Mesh.Cortex;

/// <summary>Makes a codec of one type out of a codec of another.</summary>
public static class PostcardCodecExtensions
{
    /// <summary>A codec of <typeparamref name="TTo"/> that writes a <typeparamref name="TFrom"/>.</summary>
    /// <param name="codec">The codec of what is written.</param>
    /// <param name="read">From what was read; it does not throw for any value.</param>
    /// <param name="write">To what is written.</param>
    public static PostcardCodec<TTo> Select<TFrom, TTo>(this PostcardCodec<TFrom> codec, Func<TFrom, TTo> read, Func<TTo, TFrom> write)
    {
        ArgumentNullException.ThrowIfNull(codec);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(write);
        return new MappedCodec<TFrom, TTo>(codec, read, write);
    }
}
