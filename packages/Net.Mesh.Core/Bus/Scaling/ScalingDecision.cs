namespace Net.Mesh.Bus;

/// <summary>How many shards to add (positive) or to drain (negative); 0 leaves them as they are.</summary>
internal static class ScalingDecision
{
    /// <summary>
    /// More than half overloaded: add half as many as are overloaded. Otherwise more than half underutilised: drain half as many.
    /// At least one, within the bounds; adding takes precedence (spec 05 §5).
    /// </summary>
    public static int Evaluate(int active, int min, int max, int overloaded, int underutilized)
    {
        if (overloaded > active / 2 && active < max)
            return Math.Min(Math.Max(overloaded / 2, 1), max - active);
        if (underutilized > active / 2 && active > min)
            return -Math.Min(Math.Max(underutilized / 2, 1), active - min);
        return 0;
    }

    /// <summary>How loaded a shard is, for routing: events prefer the lightest (spec 05 §3.1).</summary>
    public static double Weight(double fillRatio, double pushLatencyNanoseconds, double eventsInWindow) =>
        fillRatio * 100 + pushLatencyNanoseconds / 10 + eventsInWindow / 1e6;
}
