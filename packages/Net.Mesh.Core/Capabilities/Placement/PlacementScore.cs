namespace Net.Mesh.Capabilities;

/// <summary>A node and how well it suits, with what decides between equals.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Score">From 0 to 1; none when it must not be taken.</param>
/// <param name="Rtt">The round trip to it; none when it was not measured.</param>
/// <param name="FreeResource">What is free on it, in any unit; none when that is not known.</param>
public readonly record struct PlacementScore(NodeId NodeId, double? Score, TimeSpan? Rtt = null, double? FreeResource = null)
{
    /// <summary>Whether the node may be taken: it has a score, and that is a number.</summary>
    public bool IsEligible => Score is { } score && double.IsFinite(score);
}
