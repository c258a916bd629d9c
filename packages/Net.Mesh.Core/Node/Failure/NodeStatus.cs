namespace Net.Mesh.Node;

/// <summary>What heartbeats say about a node.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>from</term><description>to, when</description></listheader>
/// <item><term>Unknown</term><description>Healthy, with the first heartbeat</description></item>
/// <item><term>Healthy</term><description>Suspected, after two timeouts; Failed, after three</description></item>
/// <item><term>Suspected</term><description>Failed, after three timeouts; Healthy, with a heartbeat</description></item>
/// <item><term>Failed</term><description>Healthy, with a heartbeat; Unknown, when it is forgotten</description></item>
/// </list>
/// </remarks>
public enum NodeStatus
{
    /// <summary>No heartbeat was ever seen: never tracked, or forgotten.</summary>
    Unknown,

    /// <summary>Heartbeats come.</summary>
    Healthy,

    /// <summary>Some heartbeats are missing.</summary>
    Suspected,

    /// <summary>So many heartbeats are missing that the node counts as gone.</summary>
    Failed,
}

/// <summary>A node's status changed.</summary>
/// <param name="Node">The node.</param>
/// <param name="From">The status that was reported last.</param>
/// <param name="To">The status now.</param>
public readonly record struct StatusChange(NodeId Node, NodeStatus From, NodeStatus To);
