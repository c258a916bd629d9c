namespace Net.Mesh.Capabilities;

/// <summary>
/// A filter, and what makes one of the nodes that pass it better than another (spec 04 §10.3). Weights are clamped to 0…1; no
/// number counts as 0.
/// </summary>
/// <param name="Filter">What a node must have.</param>
public sealed record CapabilityRequirement(CapabilityFilter Filter)
{
    private const float FullMemoryGb = 256f;
    private const float FullVramGb = 80f;
    private const float FullTokensPerSecond = 1000f;

    /// <summary>How much main memory counts; 256 GiB count in full.</summary>
    public float MemoryWeight { get; init => field = Clamp(value); }

    /// <summary>How much the memory of the GPUs counts; 80 GiB count in full.</summary>
    public float VramWeight { get; init => field = Clamp(value); }

    /// <summary>How much the fastest model's tokens per second count; 1,000 count in full.</summary>
    public float SpeedWeight { get; init => field = Clamp(value); }

    /// <summary>How much the share of models that are loaded counts.</summary>
    public float LoadedWeight { get; init => field = Clamp(value); }

    /// <summary>0 when the filter does not match; else 1 and what the weights add.</summary>
    public float Score(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (!Filter.Matches(set))
            return 0f;
        return Weigh(ScoreFacts.Of(set));
    }

    /// <summary>The score of a set that matches. Single precision and this order, as the reference adds.</summary>
    internal float Weigh(in ScoreFacts facts) => 1f
        + MemoryWeight * MathF.Min(facts.MemoryGb / FullMemoryGb, 1f)
        + VramWeight * MathF.Min(facts.TotalVramGb / FullVramGb, 1f)
        + SpeedWeight * MathF.Min(facts.FastestModel / FullTokensPerSecond, 1f)
        + LoadedWeight * facts.LoadedShare;

    private static float Clamp(float weight) => float.IsNaN(weight) ? 0f : Math.Clamp(weight, 0f, 1f);
}
