using System.Runtime.CompilerServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

internal sealed class OptionalValueCodec<T>(PostcardCodec<T> codec) : PostcardCodec<T?>
    where T : struct
{
    public override void Write(ref PostcardWriter writer, T? value)
    {
        writer.WriteBoolean(value.HasValue);
        if (value is { } some)
            codec.Write(ref writer, some);
    }

    public override bool TryRead(ref PostcardReader reader, out T? value)
    {
        value = null;
        if (!reader.TryReadBoolean(out bool hasValue))
            return false;
        if (!hasValue)
            return true;
        bool isRead = codec.TryRead(ref reader, out T some);
        value = some;
        return isRead;
    }
}

internal sealed class OptionalReferenceCodec<T>(PostcardCodec<T> codec) : PostcardCodec<T?>
    where T : class
{
    public override void Write(ref PostcardWriter writer, T? value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteBoolean(value is not null);
        if (value is not null)
            codec.Write(ref writer, value);
    }

    public override bool TryRead(ref PostcardReader reader, out T? value)
    {
        value = null;
        // A type that holds itself is read by recursion, as deep as the bytes say.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack() || !reader.TryReadBoolean(out bool hasValue))
            return false;
        return !hasValue || codec.TryRead(ref reader, out value);
    }
}
