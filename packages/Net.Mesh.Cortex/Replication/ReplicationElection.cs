namespace Net.Mesh.Cortex;

/// <summary>Who leads, of those that can be reached. Pure: the same facts give the same leader.</summary>
public static class ReplicationElection
{
    /// <summary>
    /// The election of Net 0.27 (spec 06 §8.6): the healthy member that is nearest, then the one with the smallest id. This node
    /// is 0 away from itself; who was not measured is farthest.
    /// </summary>
    /// <param name="members">The members of the channel.</param>
    /// <param name="self">This node.</param>
    /// <param name="isHealthy">Whether a member was heard lately. A node that votes for itself is healthy.</param>
    /// <param name="roundTrip">How far another member is; null when that was not measured.</param>
    /// <returns>The winner; null when nobody is healthy.</returns>
    public static NodeId? Elect(IEnumerable<NodeId> members, NodeId self, Func<NodeId, bool> isHealthy, Func<NodeId, TimeSpan?> roundTrip)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(isHealthy);
        ArgumentNullException.ThrowIfNull(roundTrip);
        (TimeSpan Distance, NodeId Node)? best = null;
        foreach (NodeId member in members)
        {
            if (!isHealthy(member))
                continue;
            (TimeSpan Distance, NodeId Node) candidate = (member == self ? TimeSpan.Zero : roundTrip(member) ?? TimeSpan.MaxValue, member);
            if (best is not { } current || candidate.CompareTo(current) < 0)
                best = candidate;
        }
        return best?.Node;
    }

    /// <summary>
    /// The election among nodes of Net.Mesh: the healthy member with the most of the log, so that none of it is lost; of equal ones
    /// the pinned leader, then the one with the smallest id. Every survivor that knows the same tails elects the same node, and it
    /// is the one that keeps the role where two leaders meet.
    /// </summary>
    /// <param name="members">The members of the channel.</param>
    /// <param name="isHealthy">Whether a member was heard lately. A node that votes for itself is healthy.</param>
    /// <param name="tail">The next sequence of a member's log.</param>
    /// <param name="pinned">The node that leads when it may; null for none.</param>
    /// <returns>The winner; null when nobody is healthy.</returns>
    public static NodeId? ElectByTail(IEnumerable<NodeId> members, Func<NodeId, bool> isHealthy, Func<NodeId, ulong> tail, NodeId? pinned = null)
    {
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(isHealthy);
        ArgumentNullException.ThrowIfNull(tail);
        (ulong Missing, int Rank, NodeId Node)? best = null;
        foreach (NodeId member in members)
        {
            if (!isHealthy(member))
                continue;
            (ulong Missing, int Rank, NodeId Node) candidate = (ulong.MaxValue - tail(member), member == pinned ? 0 : 1, member);
            if (best is not { } current || candidate.CompareTo(current) < 0)
                best = candidate;
        }
        return best?.Node;
    }
}
