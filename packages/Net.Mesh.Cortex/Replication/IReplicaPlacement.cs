namespace Net.Mesh.Cortex.Replication;

/// <summary>Says who the members of a channel are, now and when the mesh changes.</summary>
internal interface IReplicaPlacement
{
    /// <summary>The members, this node among them when it is one; not more than the options' factor.</summary>
    IReadOnlyList<NodeId> Resolve(ChannelName channel, ReplicationOptions options);

    /// <summary>The members may have changed.</summary>
    event Action Changed;
}

/// <summary>The members that the options name.</summary>
internal sealed class PinnedReplicaPlacement : IReplicaPlacement
{
    // They never change.
    public event Action Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyList<NodeId> Resolve(ChannelName channel, ReplicationOptions options) =>
        options.Placement is PlacementStrategy.PinnedPlacement pinned ? pinned.Members : [];
}
