namespace Net.Mesh.Capabilities;

/// <summary>Walks over the nodes of a predicate without recursion: trees may be tens of thousands deep.</summary>
internal static class PredicateWalk
{
    /// <summary>Every node, the clauses of a joint before it, from left to right (spec 04 §13.2).</summary>
    public static IEnumerable<Predicate> ChildrenFirst(Predicate root)
    {
        var open = new Stack<(Predicate Node, int Next)>();
        open.Push((root, 0));
        while (open.TryPop(out (Predicate Node, int Next) frame))
        {
            (Predicate node, int next) = frame;
            if (next == node.Clauses.Length)
            {
                yield return node;
                continue;
            }
            open.Push((node, next + 1));
            open.Push((node.Clauses[next], 0));
        }
    }

    /// <summary>
    /// Evaluates in planned order and tells the observer which nodes ran. What the reference's trace shows (spec 04 §13.3).
    /// </summary>
    public static bool Evaluate<TObserver>(Predicate root, CapabilitySet capabilities, ref TObserver observer)
        where TObserver : IEvaluationObserver, allows ref struct
    {
        var open = new Stack<(Predicate Node, Predicate[] Clauses, int Next)>();
        bool result = Enter(root, capabilities, open, ref observer);
        while (open.TryPop(out (Predicate Node, Predicate[] Clauses, int Next) frame))
        {
            (Predicate node, Predicate[] clauses, int next) = frame;
            // `result` is that of the clause before, or the joint's neutral answer when it has just been entered.
            bool isDecided = node.Kind switch
            {
                PredicateKind.And => next > 0 && !result,
                PredicateKind.Or => next > 0 && result,
                _ => false,
            };
            if (isDecided || next == clauses.Length)
            {
                foreach (Predicate skipped in clauses.AsSpan(next))
                    observer.Skip(skipped);
                result = node.Kind == PredicateKind.Not ? !result : result;
                observer.Leave(node, result);
                continue;
            }
            open.Push((node, clauses, next + 1));
            result = Enter(clauses[next], capabilities, open, ref observer);
        }
        return result;
    }

    private static bool Enter<TObserver>(Predicate node, CapabilitySet capabilities, Stack<(Predicate, Predicate[], int)> open, ref TObserver observer)
        where TObserver : IEvaluationObserver, allows ref struct
    {
        observer.Enter(node);
        if (!node.IsLeaf)
        {
            open.Push((node, ClauseOrder.ByCost.Of(node, isAnd: node.Kind == PredicateKind.And), 0));
            return node.Kind == PredicateKind.And;
        }
        bool result = PredicateClauses.IsTrue(node, capabilities);
        observer.Leave(node, result);
        return result;
    }
}

/// <summary>Is told of every node that an evaluation asks, in order.</summary>
internal interface IEvaluationObserver
{
    void Enter(Predicate node);

    void Leave(Predicate node, bool result);

    void Skip(Predicate node);
}
