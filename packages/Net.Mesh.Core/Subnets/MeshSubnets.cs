using System.Collections.Concurrent;
using Net.Mesh.Node;

namespace Net.Mesh.Subnets;

/// <summary>
/// Where this node and its peers are. The node's own place is configured; a peer's follows from what it announced, by the policy that
/// every node of the mesh has to share (spec 03 §8.2). Thread-safe.
/// </summary>
/// <param name="own">Where this node is.</param>
/// <param name="policy">How tags make a place; null when peers have none.</param>
public sealed class MeshSubnets(SubnetId own = default, SubnetPolicy? policy = null) : IMeshFeature
{
    private readonly ConcurrentDictionary<NodeId, SubnetId> _peers = [];
    private MeshContext? _context;

    /// <summary>Where this node is.</summary>
    public SubnetId Own { get; internal set; } = own;

    /// <summary>How announced tags make a place.</summary>
    public SubnetPolicy? Policy { get; internal set; } = policy;

    /// <summary>The peers whose place is known, in the order of their ids.</summary>
    public IReadOnlyList<KeyValuePair<NodeId, SubnetId>> Known => [.. _peers.OrderBy(pair => pair.Key)];

    /// <summary>Where a peer is; null while it has announced nothing, or when there is no policy.</summary>
    public SubnetId? Of(NodeId peer) => _peers.TryGetValue(peer, out SubnetId subnet) ? subnet : null;

    /// <summary>Takes in the tags that a peer announced itself, signed (spec 03 §1.6).</summary>
    internal void Assign(NodeId peer, IReadOnlyCollection<string> tags)
    {
        if (Policy is { } rules)
            _peers[peer] = rules.Assign(tags);
    }

    ValueTask IMeshFeature.AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.PeerChanged += OnPeerChanged;
        return ValueTask.CompletedTask;
    }

    ValueTask IMeshFeature.DetachAsync()
    {
        if (_context is { } context)
            context.PeerChanged -= OnPeerChanged;
        return ValueTask.CompletedTask;
    }

    private void OnPeerChanged(PeerEvent happened)
    {
        if (happened.Change is PeerChange.Failed or PeerChange.Left or PeerChange.Evicted or PeerChange.Restarted)
            _peers.TryRemove(happened.Peer.NodeId, out _);
    }
}
