namespace Net.Mesh.Capabilities;

/// <summary>Whether a node began or ceased to match.</summary>
public enum NodeChangeKind
{
    /// <summary>It matches now.</summary>
    Joined,

    /// <summary>It matches no more, or nothing is known of it any more.</summary>
    Left,
}

/// <summary>A node began or ceased to match a filter.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">Which of the two.</param>
public readonly record struct NodeChange(NodeId Node, NodeChangeKind Kind);

/// <summary>The announcements of a node in figures.</summary>
/// <param name="Sent">Own announcements that went out, once for each peer.</param>
/// <param name="Forwarded">Announcements of others that went on, once for each peer.</param>
/// <param name="Overflowed">Announcements that found no room to wait for their check.</param>
/// <param name="Received">What became of those that were checked.</param>
public sealed record CapabilityStatistics(long Sent, long Forwarded, long Overflowed, IReadOnlyDictionary<AnnouncementOutcome, long> Received);

/// <summary>Something about capabilities went wrong.</summary>
public sealed class CapabilityException(string kind, string message) : MeshException(kind, message);
