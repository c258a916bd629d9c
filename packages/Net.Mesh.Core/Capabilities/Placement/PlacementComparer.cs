namespace Net.Mesh.Capabilities;

/// <summary>
/// The best node first (spec 04 §16.2): the higher score, then the shorter round trip, then the more that is free, then the lower
/// id. What was measured comes before what was not, and nodes that must not be taken come last.
/// </summary>
public sealed class PlacementComparer : IComparer<PlacementScore>
{
    private PlacementComparer()
    {
    }

    /// <summary>The one instance.</summary>
    public static PlacementComparer BestFirst { get; } = new();

    /// <inheritdoc/>
    public int Compare(PlacementScore x, PlacementScore y)
    {
        int order = Descending(Measured(x.Score), Measured(y.Score));
        if (order == 0)
            order = Descending(-x.Rtt?.Ticks, -y.Rtt?.Ticks);
        if (order == 0)
            order = Descending(Measured(x.FreeResource), Measured(y.FreeResource));
        return order == 0 ? x.NodeId.CompareTo(y.NodeId) : order;
    }

    /// <summary>The best of the nodes that may be taken; none when there is none.</summary>
    public static PlacementScore? Best(IEnumerable<PlacementScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        PlacementScore? best = null;
        foreach (PlacementScore score in scores)
        {
            if (score.IsEligible && (best is not { } other || BestFirst.Compare(score, other) < 0))
                best = score;
        }
        return best;
    }

    // A score that is not finite must not upset the sort: it is as good as none (spec 04 §16.3).
    private static double? Measured(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static int Descending(double? left, double? right) => (left, right) switch
    {
        ({ } x, { } y) => y.CompareTo(x),
        (null, null) => 0,
        (null, _) => 1,
        _ => -1,
    };
}
