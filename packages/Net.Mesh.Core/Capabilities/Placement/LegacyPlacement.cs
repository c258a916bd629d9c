namespace Net.Mesh.Capabilities;

/// <summary>A filter of sets as a filter of placements: 1 for nodes that match, the others must not be taken (spec 04 §16.1).</summary>
/// <param name="matches">Whether a set will do, such as a capability filter's match.</param>
public sealed class LegacyPlacement(Func<CapabilitySet, bool> matches) : IPlacementFilter
{
    private readonly Func<CapabilitySet, bool> _matches = matches ?? throw new ArgumentNullException(nameof(matches));

    /// <inheritdoc/>
    public double? Score(in PlacementCandidate candidate, Artifact artifact) =>
        candidate.Capabilities is { } set && _matches(set) ? 1 : null;
}
