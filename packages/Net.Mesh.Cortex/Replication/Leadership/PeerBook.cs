using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Cortex.Replication;

/// <summary>What was last heard of a member.</summary>
internal sealed class PeerView
{
    public required NodeId Node { get; init; }

    public TimeSpan LastHeard { get; set; }

    public ulong Tail { get; set; }

    public ReplicaRole Role { get; set; }

    public SyncStanding? Standing { get; set; }
}

/// <summary>The members of a channel and what they said last. Nobody else is remembered, so members bound it.</summary>
internal sealed class PeerBook(NodeId self, TimeSpan silence)
{
    private readonly Dictionary<NodeId, PeerView> _heard = [];

    /// <summary>Every member once, in the order of the list, this node among them when it is one.</summary>
    public IReadOnlyList<NodeId> Members { get; private set; } = [];

    public IEnumerable<NodeId> Others => Members.Where(member => member != self);

    public IEnumerable<PeerView> Heard => _heard.Values;

    /// <summary>Whether a member was heard that adds nothing to its heartbeats: a node of 0.27.2.</summary>
    public bool HearsReference => _heard.Values.Any(static peer => peer.Standing is null);

    /// <summary>Whether a member was heard that adds nothing to its heartbeats, or one of ours knows of such a member.</summary>
    public bool KnowsReference => _heard.Values.Any(static peer => peer.Standing is not { KnowsReference: false });

    public ulong? HighestTail => _heard.Count == 0 ? null : _heard.Values.Max(static peer => peer.Tail);

    public bool IsMember(NodeId node) => Members.Contains(node);

    public void SetMembers(IEnumerable<NodeId> members)
    {
        Members = [.. members.Distinct()];
        foreach (NodeId gone in _heard.Keys.Where(node => !IsMember(node)).ToArray())
            _heard.Remove(gone);
    }

    public PeerView Record(NodeId sender, in SyncHeartbeat heartbeat, TimeSpan now)
    {
        if (!_heard.TryGetValue(sender, out PeerView? peer))
            _heard[sender] = peer = new() { Node = sender };
        peer.LastHeard = now;
        peer.Tail = heartbeat.TailSeq;
        peer.Role = heartbeat.Role;
        peer.Standing = heartbeat.Standing;
        return peer;
    }

    public bool TryGet(NodeId node, [NotNullWhen(true)] out PeerView? peer) => _heard.TryGetValue(node, out peer);

    /// <summary>Whether a member was heard within three heartbeats.</summary>
    public bool IsHealthy(NodeId node, TimeSpan now) => _heard.TryGetValue(node, out PeerView? peer) && now - peer.LastHeard < silence;

    public ulong TailOf(NodeId node) => _heard.TryGetValue(node, out PeerView? peer) ? peer.Tail : 0;

    /// <summary>The end of what a majority of the members holds: what the leader holds, and what those that agree with it said they do.</summary>
    public ulong HeldByMajority(ulong own, ulong term) => MajorityOf(own, term, static peer => peer.Tail);

    /// <summary>The end of what a majority of the members knows to be held by a majority.</summary>
    public ulong KnownByMajority(ulong own, ulong term) => MajorityOf(own, term, static peer => peer.Standing?.Replicated ?? 0);

    private ulong MajorityOf(ulong own, ulong term, Func<PeerView, ulong> read)
    {
        ulong[] ends = [.. Members.Select(member => member == self ? own : AgreesWithUs(member, term) is { } peer ? Math.Min(own, read(peer)) : 0)];
        if (ends.Length == 0)
            return 0;
        Array.Sort(ends);
        return ends[ends.Length - (ends.Length / 2 + 1)];
    }

    // What was said to an earlier leadership of this node was about another log.
    private PeerView? AgreesWithUs(NodeId member, ulong term) =>
        _heard.TryGetValue(member, out PeerView? peer) && peer.Standing is { Agrees: true } standing && standing.Follows == self && standing.Term == term ? peer : null;
}
