using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

internal sealed class DelegateCodec<T>(PostcardWrite<T> write, PostcardRead<T> tryRead) : PostcardCodec<T>
{
    public override void Write(ref PostcardWriter writer, T value) => write(ref writer, value);

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out T value) => tryRead(ref reader, out value);
}

internal sealed class MappedCodec<TFrom, TTo>(PostcardCodec<TFrom> codec, Func<TFrom, TTo> read, Func<TTo, TFrom> write) : PostcardCodec<TTo>
{
    public override void Write(ref PostcardWriter writer, TTo value) => codec.Write(ref writer, write(value));

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out TTo value)
    {
        bool isRead = codec.TryRead(ref reader, out TFrom? from);
        value = isRead ? read(from!) : default;
        return isRead;
    }
}

internal sealed class UnitCodec<T>(T unit) : PostcardCodec<T>
{
    public override void Write(ref PostcardWriter writer, T value)
    {
    }

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out T value)
    {
        value = unit;
        return true;
    }
}

internal sealed class TupleCodec<T1, T2>(PostcardCodec<T1> first, PostcardCodec<T2> second) : PostcardCodec<(T1, T2)>
{
    public override void Write(ref PostcardWriter writer, (T1, T2) value)
    {
        first.Write(ref writer, value.Item1);
        second.Write(ref writer, value.Item2);
    }

    public override bool TryRead(ref PostcardReader reader, out (T1, T2) value)
    {
        value = default;
        if (!first.TryRead(ref reader, out T1? one) || !second.TryRead(ref reader, out T2? two))
            return false;
        value = (one, two);
        return true;
    }
}
