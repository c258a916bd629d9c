namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// A node's elections until some leader is heard. A node that was elected and does not claim the role within three heartbeats is
/// passed over in the next one: a node of 0.27.2 that never heard a leader never claims it (spec 06 §8.14, T16).
/// </summary>
internal sealed class Ballot(ReplicaParts parts, PeerBook peers)
{
    private readonly HashSet<NodeId> _passedOver = [];
    private NodeId? _expected;

    /// <summary>Who leads from here on; null when nobody is healthy, as for a node that is no member.</summary>
    public NodeId? Choose(TimeSpan now)
    {
        if (_expected is { } silent)
            _passedOver.Add(silent);
        NodeId? winner = ReplicationElection.ElectByTail(
            peers.Members,
            member => member == parts.Self || MayLead(member, now),
            member => member == parts.Self ? parts.Log.NextSeq : peers.TailOf(member),
            parts.Options.PinnedLeader);
        _expected = winner == parts.Self ? null : winner;
        // When everybody was passed over, everybody gets another chance.
        if (winner is null)
            _passedOver.Clear();
        return winner;
    }

    /// <summary>Leaves a node out until some leader is heard: it gave the role up.</summary>
    public void PassOver(NodeId node) => _passedOver.Add(node);

    private bool MayLead(NodeId member, TimeSpan now) =>
        !_passedOver.Contains(member) && peers.IsHealthy(member, now) && peers.TryGet(member, out PeerView? peer) && peer.Role != ReplicaRole.Idle;

    public void Clear()
    {
        _passedOver.Clear();
        _expected = null;
    }
}
