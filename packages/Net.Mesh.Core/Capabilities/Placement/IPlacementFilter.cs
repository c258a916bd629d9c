namespace Net.Mesh.Capabilities;

/// <summary>
/// Says how well a node suits what is to be placed (spec 04 §16.1). Called from any thread, and never while a lock of Net.Mesh is
/// held: a filter may ask the index, or place something itself.
/// </summary>
public interface IPlacementFilter
{
    /// <summary>A score from 0 to 1, or none for a node that must not be taken. What is not a number counts as 0.</summary>
    double? Score(in PlacementCandidate candidate, Artifact artifact);
}
