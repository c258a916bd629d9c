using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

internal sealed class ListCodec<T>(PostcardCodec<T> element) : PostcardCodec<IReadOnlyList<T>>
{
    public override void Write(ref PostcardWriter writer, IReadOnlyList<T> value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteVarint((ulong)value.Count);
        foreach (T item in value)
            element.Write(ref writer, item);
    }

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out IReadOnlyList<T> value)
    {
        value = null;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack() || !reader.TryReadCount(out int count))
            return false;
        // Grows with what is there; the count is only what somebody wrote.
        var items = new List<T>(Math.Min(count, 16));
        for (int i = 0; i < count; i++)
        {
            if (!element.TryRead(ref reader, out T? item))
                return false;
            items.Add(item);
        }
        value = items;
        return true;
    }
}

internal sealed class DictionaryCodec<TKey, TValue>(PostcardCodec<TKey> keys, PostcardCodec<TValue> values)
    : PostcardCodec<IReadOnlyDictionary<TKey, TValue>>
    where TKey : notnull
{
    public override void Write(ref PostcardWriter writer, IReadOnlyDictionary<TKey, TValue> value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        writer.WriteVarint((ulong)value.Count);
        foreach ((TKey key, TValue item) in value)
        {
            keys.Write(ref writer, key);
            values.Write(ref writer, item);
        }
    }

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out IReadOnlyDictionary<TKey, TValue> value)
    {
        value = null;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack() || !reader.TryReadCount(out int count))
            return false;
        var items = new Dictionary<TKey, TValue>(Math.Min(count, 16));
        for (int i = 0; i < count; i++)
        {
            if (!keys.TryRead(ref reader, out TKey? key) || key is null || !values.TryRead(ref reader, out TValue? item))
                return false;
            items[key] = item;
        }
        value = items;
        return true;
    }
}
