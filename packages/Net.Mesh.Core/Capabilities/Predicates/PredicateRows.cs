using System.Runtime.CompilerServices;

namespace Net.Mesh.Capabilities;

/// <summary>Keeps the rows that a caller asked for (spec 04 §13.4). No predicate keeps all.</summary>
public static class PredicateRows
{
    /// <summary>The rows for which the predicate is true; all of them without one.</summary>
    public static IEnumerable<T> FilterByPredicate<T>(this IEnumerable<T> rows, Predicate? predicate)
        where T : IPredicateRow => rows.FilterByPredicate(predicate, static row => row.Capabilities);

    /// <summary>The rows for which the predicate is true of what <paramref name="capabilities"/> gives; all of them without one.</summary>
    public static IEnumerable<T> FilterByPredicate<T>(this IEnumerable<T> rows, Predicate? predicate, Func<T, CapabilitySet> capabilities)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(capabilities);
        return predicate is null ? rows : rows.Where(row => predicate.Evaluate(capabilities(row)));
    }

    /// <summary>The rows for which the predicate is true, as they come; all of them without one.</summary>
    public static IAsyncEnumerable<T> FilterByPredicate<T>(this IAsyncEnumerable<T> rows, Predicate? predicate)
        where T : IPredicateRow => rows.FilterByPredicate(predicate, static row => row.Capabilities);

    /// <summary>
    /// The rows for which the predicate is true of what <paramref name="capabilities"/> gives, as they come; all of them without one.
    /// </summary>
    public static IAsyncEnumerable<T> FilterByPredicate<T>(this IAsyncEnumerable<T> rows, Predicate? predicate, Func<T, CapabilitySet> capabilities)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(capabilities);
        return predicate is null ? rows : Where(rows, predicate, capabilities, CancellationToken.None);
    }

    private static async IAsyncEnumerable<T> Where<T>(
        IAsyncEnumerable<T> rows, Predicate predicate, Func<T, CapabilitySet> capabilities, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (T row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (predicate.Evaluate(capabilities(row)))
                yield return row;
        }
    }
}
