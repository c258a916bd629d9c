using System.Collections.Immutable;

namespace Net.Mesh.Cortex;

/// <summary>How the members of a replicated channel are chosen. Two are equal when they choose alike.</summary>
public abstract record PlacementStrategy
{
    /// <summary>The most members: 16.</summary>
    public const int MaxMembers = 16;

    private PlacementStrategy()
    {
    }

    /// <summary>
    /// <see cref="ReplicationOptions.Factor"/> of the nodes that opened the log that way, chosen by the store's placement filter and a hash; those
    /// that hold it stay. Members need sessions with one another. A node waits some seconds for what others announce before it takes part.
    /// </summary>
    public static PlacementStrategy Standard { get; } = new StandardPlacement();

    /// <summary>Nodes that hold the channel already: whose log has events, or that announce it.</summary>
    public static PlacementStrategy ColocationStrict { get; } = new ColocationStrictPlacement();

    /// <summary>Just these nodes, in this order.</summary>
    /// <param name="members">1 to 16 nodes, each once. This node has to be among them to take part.</param>
    public static PlacementStrategy Pinned(params ReadOnlySpan<NodeId> members) => new PinnedPlacement([.. members]);

    /// <summary>Nodes that the placement filter of the mesh picks.</summary>
    public sealed record StandardPlacement : PlacementStrategy
    {
        internal StandardPlacement()
        {
        }
    }

    /// <summary>Nodes that hold the channel already.</summary>
    public sealed record ColocationStrictPlacement : PlacementStrategy
    {
        internal ColocationStrictPlacement()
        {
        }
    }

    /// <summary>Just these nodes.</summary>
    public sealed record PinnedPlacement : PlacementStrategy
    {
        internal PinnedPlacement(ImmutableArray<NodeId> members) => Members = members;

        /// <summary>The nodes, in the order in which they were given.</summary>
        public ImmutableArray<NodeId> Members { get; }

        /// <inheritdoc/>
        public bool Equals(PinnedPlacement? other) => other is not null && Members.AsSpan().SequenceEqual(other.Members.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Members.Aggregate(0, HashCode.Combine);
    }
}
