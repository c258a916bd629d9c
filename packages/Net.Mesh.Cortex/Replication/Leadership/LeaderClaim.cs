namespace Net.Mesh.Cortex.Replication;

/// <summary>What a leader claims its role with.</summary>
/// <param name="Node">The leader.</param>
/// <param name="Tail">The next sequence of its log.</param>
/// <param name="Replicated">The end of what a majority is known to hold; 0 where the whole set compares as nodes of 0.27.2 do.</param>
internal readonly record struct LeaderClaim(NodeId Node, ulong Tail, ulong Replicated = 0)
{
    /// <summary>
    /// Whether this claim is better than another: the only comparison there is, for a replica that hears two leaders and for a
    /// leader that meets another (spec 06 T34). More that a majority holds, then the higher tail, then the smaller id.
    /// </summary>
    public bool Beats(in LeaderClaim other)
    {
        if (Replicated != other.Replicated)
            return Replicated > other.Replicated;
        return Tail != other.Tail ? Tail > other.Tail : Node < other.Node;
    }
}
