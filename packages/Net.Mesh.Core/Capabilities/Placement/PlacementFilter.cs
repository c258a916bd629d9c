namespace Net.Mesh.Capabilities;

/// <summary>Filters from what is easier to write.</summary>
public static class PlacementFilter
{
    /// <summary>1 for the nodes that the function takes; the others, and those nothing is known of, must not be taken.</summary>
    public static IPlacementFilter FromFunc(Func<PlacementCandidate, bool> accepts)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        return new FuncFilter(accepts);
    }

    /// <summary>1 for the nodes of which the predicate is true; the others, and those nothing is known of, must not be taken.</summary>
    public static IPlacementFilter FromPredicate(Predicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new FuncFilter(candidate => predicate.Evaluate(candidate.Capabilities!));
    }

    private sealed class FuncFilter(Func<PlacementCandidate, bool> accepts) : IPlacementFilter
    {
        public double? Score(in PlacementCandidate candidate, Artifact artifact) =>
            candidate.Capabilities is not null && accepts(candidate) ? 1 : null;
    }
}
