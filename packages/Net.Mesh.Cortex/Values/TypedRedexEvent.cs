using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex;

/// <summary>An event of a log of values, which may be none.</summary>
/// <typeparam name="T">The values.</typeparam>
public readonly struct TypedRedexEvent<T>
{
    private readonly PostcardCodec<T> _codec;
    private readonly T? _value;

    internal TypedRedexEvent(in RedexEvent read, PostcardCodec<T> codec)
    {
        _codec = codec;
        Event = read;
        IsReadable = codec.TryDecode(read.Payload.Span, out _value);
    }

    /// <summary>The event as the log has it.</summary>
    public RedexEvent Event { get; }

    /// <summary>The sequence.</summary>
    public ulong Seq => Event.Seq;

    /// <summary>Whether it is a value.</summary>
    public bool IsReadable { get; }

    /// <summary>The value.</summary>
    /// <exception cref="RedexException"><see cref="RedexErrorKind.Encode"/>: it is none.</exception>
    public T Value => IsReadable ? _value! : _codec.Decode(Event.Payload.Span);

    /// <summary>The value, if it is one.</summary>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return IsReadable;
    }
}
