namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// Which leader a replica believes in: the first that it hears, until another one's claim beats what it last heard of that one.
/// </summary>
internal sealed class LeaderTracker
{
    private LeaderClaim _claim;

    public NodeId? Believed { get; private set; }

    /// <summary>The next sequence of the believed leader's log, as last heard.</summary>
    public ulong Tail => _claim.Tail;

    public bool Follows(NodeId node) => Believed == node;

    /// <summary>Takes a leader's heartbeat; true when another leader is believed in from now on.</summary>
    public bool Hear(in LeaderClaim claim)
    {
        if (Believed == claim.Node)
        {
            _claim = claim;
            return false;
        }
        if (Believed is not null && !claim.Beats(_claim))
            return false;
        Believed = claim.Node;
        _claim = claim;
        return true;
    }

    public void Forget()
    {
        Believed = null;
        _claim = default;
    }
}
