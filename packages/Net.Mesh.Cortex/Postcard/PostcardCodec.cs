using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Cortex.Codecs;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>Writes and reads one type in postcard. Derive from it, write the fields in order, and read them in the same order.</summary>
/// <remarks>A codec holds no state, and any thread may use it. Ready ones are in <see cref="Postcard"/>.</remarks>
/// <typeparam name="T">The type.</typeparam>
/// <example>
/// <code>
/// sealed class OrderCodec : IPostcardCodec&lt;Order&gt;
/// {
///     public override void Write(ref PostcardWriter writer, Order value)
///     {
///         writer.WriteVarint(value.Id);
///         writer.WriteString(value.Name);
///     }
///
///     public override bool TryRead(ref PostcardReader reader, out Order value)
///     {
///         bool isRead = reader.TryReadVarint(out ulong id) &amp; reader.TryReadString(out string? name);
///         value = new Order(id, name ?? "");
///         return isRead;
///     }
/// }
/// </code>
/// </example>
public abstract class PostcardCodec<T> : IPostcardCodec
{
    /// <summary>Writes a value.</summary>
    public abstract void Write(ref PostcardWriter writer, T value);

    /// <summary>Reads a value; false when the bytes are none. It never throws for what the bytes hold.</summary>
    public abstract bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out T value);

    /// <summary>The bytes of a value.</summary>
    public byte[] Encode(T value)
    {
        var output = new ArrayBufferWriter<byte>();
        Encode(value, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a value behind what the output holds.</summary>
    public void Encode(T value, IBufferWriter<byte> output)
    {
        var writer = new PostcardWriter(output);
        Write(ref writer, value);
        writer.Flush();
    }

    /// <summary>Reads a value from the front of the bytes; what stands behind it is ignored, as the reference does.</summary>
    public bool TryDecode(ReadOnlySpan<byte> bytes, [MaybeNullWhen(false)] out T value)
    {
        var reader = new PostcardReader(bytes);
        return TryRead(ref reader, out value);
    }

    /// <summary>Reads a value from the front of the bytes; what stands behind it is ignored.</summary>
    /// <exception cref="RedexException"><see cref="RedexErrorKind.Encode"/>: the bytes are no such value.</exception>
    public T Decode(ReadOnlySpan<byte> bytes) => TryDecode(bytes, out T? value)
        ? value
        : throw new RedexException(RedexErrorKind.Encode, $"{bytes.Length} bytes are no {typeof(T).Name} in postcard. Read them with the codec that wrote them.");

    void IPostcardCodec.WriteObject(ref PostcardWriter writer, object? value) => Write(ref writer, (T)value!);

    bool IPostcardCodec.TryReadObject(ref PostcardReader reader, out object? value)
    {
        bool isRead = TryRead(ref reader, out T? typed);
        value = typed;
        return isRead;
    }
}
