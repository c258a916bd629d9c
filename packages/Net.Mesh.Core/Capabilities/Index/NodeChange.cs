namespace Net.Mesh.Capabilities;

/// <summary>What happened to a node, seen through a filter.</summary>
public enum NodeChangeKind
{
    /// <summary>It matches, and did not before.</summary>
    Joined,

    /// <summary>It still matches, and says something else.</summary>
    Changed,

    /// <summary>It no longer matches, or is gone.</summary>
    Left,
}

/// <summary>A change among the nodes that match a filter.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Capabilities">What it has now; what it had, when it left.</param>
public readonly record struct NodeChange(NodeId Node, NodeChangeKind Kind, CapabilitySet Capabilities);
