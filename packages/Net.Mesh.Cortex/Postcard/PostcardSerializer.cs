using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Cortex.Codecs;

namespace Net.Mesh.Cortex;

/// <summary>
/// Postcard for types that need no codec of their own: it looks at a type by reflection once and keeps what it found. A record
/// or class is written in the order of its constructor's parameters; one without parameters, in the order in which its settable
/// properties are declared. Nullable means <c>Option</c>. Where a program is trimmed or compiled ahead of time, use a
/// <see cref="PostcardCodec{T}"/>.
/// </summary>
/// <remarks>Understood: the types that <see cref="Postcard"/> has codecs for, enums, arrays, lists, dictionaries, value tuples up to seven, records and
/// classes. Elements of a collection are taken as never null, whatever their annotation says.</remarks>
[RequiresUnreferencedCode("It reads properties and constructors by reflection. Write a PostcardCodec<T> instead.")]
[RequiresDynamicCode("It makes generic codecs at run time. Write a PostcardCodec<T> instead.")]
public static class PostcardSerializer
{
    private static readonly ReflectedCodecs Codecs = new();

    /// <summary>The codec of a type.</summary>
    /// <exception cref="NotSupportedException">The type, or one inside it, cannot be written; the message names it.</exception>
    public static PostcardCodec<T> CodecOf<T>() => Codecs.Of<T>();

    /// <summary>The bytes of a value.</summary>
    public static byte[] Serialize<T>(T value) => CodecOf<T>().Encode(value);

    /// <summary>Writes a value behind what the output holds.</summary>
    public static void Serialize<T>(T value, IBufferWriter<byte> output) => CodecOf<T>().Encode(value, output);

    /// <summary>Reads a value from the front of the bytes; what stands behind it is ignored.</summary>
    /// <exception cref="RedexException"><see cref="RedexErrorKind.Encode"/>: the bytes are no such value.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> bytes) => CodecOf<T>().Decode(bytes);

    /// <summary>Reads a value from the front of the bytes; false when they are none.</summary>
    public static bool TryDeserialize<T>(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out T value) => CodecOf<T>().TryDecode(bytes, out value);
}
