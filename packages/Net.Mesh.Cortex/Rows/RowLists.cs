namespace Net.Mesh.Cortex.Rows;

/// <summary>Lists are equal when their rows are, in their order. Rows never change, so the same row is quickly told.</summary>
internal sealed class RowLists<T> : IEqualityComparer<IReadOnlyList<T>>
    where T : class
{
    public static RowLists<T> Comparer { get; } = new();

    public bool Equals(IReadOnlyList<T>? x, IReadOnlyList<T>? y)
    {
        if (x is null || y is null || x.Count != y.Count)
            return ReferenceEquals(x, y);
        for (int i = 0; i < x.Count; i++)
        {
            if (!ReferenceEquals(x[i], y[i]) && !x[i].Equals(y[i]))
                return false;
        }
        return true;
    }

    public int GetHashCode(IReadOnlyList<T> obj) => obj.Count;
}
