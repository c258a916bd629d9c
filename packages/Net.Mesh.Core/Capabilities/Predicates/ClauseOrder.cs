namespace Net.Mesh.Capabilities;

/// <summary>In which order the clauses of a joint are asked.</summary>
internal sealed class ClauseOrder
{
    /// <summary>As they were given.</summary>
    public static readonly ClauseOrder AsGiven = new(static (_, clauses) => clauses);

    /// <summary>The cheapest first; those that cost the same stay as they were given (spec 04 §13.3).</summary>
    public static readonly ClauseOrder ByCost = new(static (_, clauses) => [.. clauses.OrderBy(static c => c.Cost)]);

    private readonly Func<bool, Predicate[], Predicate[]> _sort;

    private ClauseOrder(Func<bool, Predicate[], Predicate[]> sort) => _sort = sort;

    /// <summary>The clauses of an And, or of an Or, in order.</summary>
    public Predicate[] Of(Predicate node, bool isAnd) => _sort(isAnd, node.ClauseSpan.ToArray());

    /// <summary>
    /// By cost, weighed with the number of values that a key has: with many values a clause is likely false, which ends an And
    /// and does not end an Or.
    /// </summary>
    public static ClauseOrder ByCardinality(Predicate root, ICardinalityProvider index)
    {
        Dictionary<Predicate, (double InAnd, double InOr)> costs = Costs(root, index);
        return new((isAnd, clauses) => [.. clauses.OrderBy(c => isAnd ? costs[c].InAnd : costs[c].InOr)]);
    }

    private static Dictionary<Predicate, (double InAnd, double InOr)> Costs(Predicate root, ICardinalityProvider index)
    {
        var costs = new Dictionary<Predicate, (double InAnd, double InOr)>(ReferenceEqualityComparer.Instance);
        foreach (Predicate node in PredicateWalk.ChildrenFirst(root))
        {
            if (costs.ContainsKey(node))
                continue;
            if (node.IsLeaf)
            {
                int values = node.IsMetadata ? 1 : Math.Max(1, index.DistinctValues(node.Key));
                costs[node] = (node.Cost / (double)values, node.Cost * (double)values);
                continue;
            }
            double inAnd = 0;
            double inOr = 0;
            foreach (Predicate clause in node.ClauseSpan)
            {
                inAnd += costs[clause].InAnd;
                inOr += costs[clause].InOr;
            }
            costs[node] = node.Kind == PredicateKind.Not ? (inOr, inAnd) : (inAnd, inOr); // what is likely false is likely true negated
        }
        return costs;
    }
}
