using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

internal sealed class EnumCodec<TEnum> : PostcardCodec<TEnum>
    where TEnum : struct, Enum
{
    private readonly TEnum[] _variants = [.. Enum.GetValues<TEnum>().Distinct()];

    public override void Write(ref PostcardWriter writer, TEnum value)
    {
        int index = Array.IndexOf(_variants, value);
        if (index < 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"It is no value of {typeof(TEnum).Name}. Write one that has a name.");
        writer.WriteVarint((ulong)index);
    }

    public override bool TryRead(ref PostcardReader reader, out TEnum value)
    {
        value = default;
        if (!reader.TryReadVarint(out ulong index, uint.MaxValue) || index >= (ulong)_variants.Length)
            return false;
        value = _variants[index];
        return true;
    }
}

internal sealed class UnionCodec<TBase>(PostcardVariant<TBase>[] variants) : PostcardCodec<TBase>
    where TBase : notnull
{
    private readonly FrozenDictionary<Type, int> _indices = variants.Select((variant, index) => (variant.Type, index)).ToFrozenDictionary(v => v.Type, v => v.index);

    public override void Write(ref PostcardWriter writer, TBase value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!_indices.TryGetValue(value.GetType(), out int index))
            throw new ArgumentException($"{value.GetType().Name} is no variant of {typeof(TBase).Name}. Add it to the union.", nameof(value));
        writer.WriteVarint((ulong)index);
        variants[index].Codec.WriteObject(ref writer, value);
    }

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out TBase value)
    {
        value = default;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()
            || !reader.TryReadVarint(out ulong index, uint.MaxValue)
            || index >= (ulong)variants.Length
            || !variants[index].Codec.TryReadObject(ref reader, out object? read))
        {
            return false;
        }
        value = (TBase)read!;
        return true;
    }
}
