namespace Net.Mesh.Cortex;

/// <summary>What an event does to an index.</summary>
/// <typeparam name="TKey">What is looked for.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
public readonly record struct IndexOp<TKey, TValue>
{
    internal IndexOp(TKey key, TValue value, bool isRemoval)
    {
        Key = key;
        Value = value;
        IsRemoval = isRemoval;
    }

    /// <summary>Under which key.</summary>
    public TKey Key { get; }

    /// <summary>Which value.</summary>
    public TValue Value { get; }

    /// <summary>Whether the value goes; otherwise it comes.</summary>
    public bool IsRemoval { get; }
}

/// <summary>Makes what an event does to an index.</summary>
public static class IndexOp
{
    /// <summary>Puts a value under a key, beside those that are there; once is enough.</summary>
    public static IndexOp<TKey, TValue> Insert<TKey, TValue>(TKey key, TValue value) => new(key, value, isRemoval: false);

    /// <summary>Takes a value from under a key; with the last one the key goes.</summary>
    public static IndexOp<TKey, TValue> Remove<TKey, TValue>(TKey key, TValue value) => new(key, value, isRemoval: true);
}

/// <summary>Where an index begins to read.</summary>
/// <param name="Seq">The first event that counts.</param>
public readonly record struct IndexStart(ulong Seq)
{
    /// <summary>At the beginning of the log.</summary>
    public static IndexStart FromBeginning => default;

    /// <summary>At a sequence.</summary>
    public static IndexStart FromSeq(ulong seq) => new(seq);
}
