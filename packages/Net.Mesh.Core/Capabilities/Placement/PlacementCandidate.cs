namespace Net.Mesh.Capabilities;

/// <summary>A node that something may be placed on.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Capabilities">What it announced; none when nothing is known of it.</param>
public readonly record struct PlacementCandidate(NodeId NodeId, CapabilitySet? Capabilities);
