namespace Net.Mesh.Cortex.Rows;

/// <summary>What a query looks for, once it is clear where to look.</summary>
internal interface IRowMatcher<T>
{
    /// <summary>Whether every candidate matches, so that none has to be looked at.</summary>
    bool MatchesAll { get; }

    bool Matches(T row);
}

/// <summary>The terminals, over rows that lie side by side and over the rows of a tag.</summary>
internal static class RowQuery
{
    public static void Collect<T, TMatcher>(ReadOnlySpan<T> candidates, in TMatcher matcher, List<T> into, int limit)
        where TMatcher : struct, IRowMatcher<T>
    {
        if (matcher.MatchesAll)
        {
            into.AddRange(candidates[..Math.Min(candidates.Length, limit - into.Count)]);
            return;
        }
        foreach (T row in candidates)
        {
            if (into.Count >= limit)
                return;
            if (matcher.Matches(row))
                into.Add(row);
        }
    }

    public static void Collect<T, TMatcher>(HashSet<T> candidates, in TMatcher matcher, List<T> into, int limit)
        where TMatcher : struct, IRowMatcher<T>
    {
        if (matcher.MatchesAll && candidates.Count <= limit)
        {
            into.AddRange(candidates);
            return;
        }
        foreach (T row in candidates)
        {
            if (into.Count >= limit)
                return;
            if (matcher.Matches(row))
                into.Add(row);
        }
    }

    public static int Count<T, TMatcher>(ReadOnlySpan<T> candidates, in TMatcher matcher)
        where TMatcher : struct, IRowMatcher<T>
    {
        if (matcher.MatchesAll)
            return candidates.Length;
        int count = 0;
        foreach (T row in candidates)
            count += matcher.Matches(row) ? 1 : 0;
        return count;
    }

    /// <summary>The first in this order, or the first that is met when there is none.</summary>
    public static T? First<T, TMatcher>(ReadOnlySpan<T> candidates, in TMatcher matcher, Comparison<T>? order, T? best = null)
        where T : class
        where TMatcher : struct, IRowMatcher<T>
    {
        foreach (T row in candidates)
        {
            if (best is not null && (order is null || order(row, best) >= 0))
                continue;
            if (matcher.Matches(row))
                best = row;
            if (best is not null && order is null)
                return best;
        }
        return best;
    }

    public static int Count<T, TMatcher>(HashSet<T> candidates, in TMatcher matcher)
        where TMatcher : struct, IRowMatcher<T>
    {
        if (matcher.MatchesAll)
            return candidates.Count;
        int count = 0;
        foreach (T row in candidates)
            count += matcher.Matches(row) ? 1 : 0;
        return count;
    }

    public static T? First<T, TMatcher>(HashSet<T> candidates, in TMatcher matcher, Comparison<T>? order)
        where T : class
        where TMatcher : struct, IRowMatcher<T>
    {
        T? best = null;
        foreach (T row in candidates)
        {
            best = First([row], matcher, order, best);
            if (best is not null && order is null)
                return best;
        }
        return best;
    }
}
