namespace Net.Mesh.Capabilities;

/// <summary>
/// A predicate in the order in which its clauses are asked. Immutable and safe to use from any thread; evaluating one is a walk
/// over the clauses without a stack, whatever the depth, and allocates nothing.
/// </summary>
/// <remarks>
/// Every clause knows which clause is asked next when it is true, and which when it is false; joints are gone. The order never
/// changes the answer (spec 04 §13.3).
/// </remarks>
public sealed class PredicatePlan
{
    private const int True = -1;
    private const int False = -2;

    private readonly Step[] _steps;
    private readonly int _first;

    private PredicatePlan(Step[] steps, int first)
    {
        _steps = steps;
        _first = first;
    }

    /// <summary>Whether the set answers yes.</summary>
    public bool Evaluate(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        int at = _first;
        while (at >= 0)
        {
            ref readonly Step step = ref _steps[at];
            at = PredicateClauses.IsTrue(step.Clause, capabilities) ? step.WhenTrue : step.WhenFalse;
        }
        return at == True;
    }

    internal static PredicatePlan ByCost(Predicate predicate) => Compile(predicate, ClauseOrder.ByCost);

    internal static PredicatePlan AsGiven(Predicate predicate) => Compile(predicate, ClauseOrder.AsGiven);

    internal static PredicatePlan ByCardinality(Predicate predicate, ICardinalityProvider index) =>
        Compile(predicate, ClauseOrder.ByCardinality(predicate, index));

    // From the last clause to the first: where a clause goes next is known before the clause is placed.
    private static PredicatePlan Compile(Predicate predicate, ClauseOrder order)
    {
        var steps = new List<Step>();
        var open = new Stack<Frame>();
        int entry = 0;
        open.Push(new(predicate, True, False));
        while (open.TryPop(out Frame frame))
        {
            Predicate node = frame.Node;
            if (node.IsLeaf)
            {
                entry = steps.Count;
                steps.Add(new(node, frame.WhenTrue, frame.WhenFalse));
                continue;
            }
            if (node.Kind == PredicateKind.Not)
            {
                open.Push(new(node.ClauseSpan[0], frame.WhenFalse, frame.WhenTrue));
                continue;
            }
            bool isAnd = node.Kind == PredicateKind.And;
            Predicate[] clauses = frame.Clauses ?? order.Of(node, isAnd);
            int left = frame.Clauses is null ? clauses.Length : frame.Left;
            // What follows the clause that is placed next: its right neighbour, which was just placed, or the joint's own way out.
            int next = left == clauses.Length ? (isAnd ? frame.WhenTrue : frame.WhenFalse) : entry;
            if (left == 0)
            {
                entry = next;
                continue;
            }
            open.Push(frame with { Clauses = clauses, Left = left - 1 });
            open.Push(isAnd ? new(clauses[left - 1], next, frame.WhenFalse) : new(clauses[left - 1], frame.WhenTrue, next));
        }
        return new([.. steps], entry);
    }

    private readonly record struct Step(Predicate Clause, int WhenTrue, int WhenFalse);

    private readonly record struct Frame(Predicate Node, int WhenTrue, int WhenFalse, Predicate[]? Clauses = null, int Left = 0);
}
