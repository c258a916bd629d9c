namespace Net.Mesh.Cortex.Replication;

/// <summary>Says who the members of a channel are now. Asked again with every heartbeat, as the mesh changes.</summary>
internal interface IReplicaPlacement
{
    /// <summary>The members, this node among them when it is one; not more than the options' factor. The same on every node that knows the same.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="options">How it is replicated.</param>
    /// <param name="isHeldHere">Whether this node's log has events.</param>
    IReadOnlyList<NodeId> Resolve(ChannelName channel, ReplicationOptions options, bool isHeldHere);
}
