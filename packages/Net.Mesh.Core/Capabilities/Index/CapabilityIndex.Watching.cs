using System.Runtime.CompilerServices;

namespace Net.Mesh.Capabilities;

public sealed partial class CapabilityIndex
{
    /// <summary>
    /// The nodes that match, first those that do now, then every change, until it is cancelled. No change is lost; of several
    /// changes of one node that the reader did not get to, it sees what they come to.
    /// </summary>
    /// <param name="filter">What the nodes must have.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<NodeChange> WatchAsync(CapabilityFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        using IndexSubscription subscription = Subscribe();
        var known = new SortedDictionary<NodeId, CapabilitySet>();
        NodeId[]? changed = null; // all of them
        while (true)
        {
            foreach (NodeId node in changed ?? Union(known.Keys, FindNodes(filter)))
            {
                if (Compare(node, filter, known) is { } change)
                    yield return change;
            }
            changed = await subscription.TakeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    internal IndexSubscription Subscribe()
    {
        var subscription = new IndexSubscription(_options.MaxNodes, Unsubscribe);
        lock (_lock)
            _subscriptions.Add(subscription);
        return subscription;
    }

    private void Unsubscribe(IndexSubscription subscription)
    {
        lock (_lock)
            _subscriptions.Remove(subscription);
    }

    private NodeChange? Compare(NodeId node, CapabilityFilter filter, SortedDictionary<NodeId, CapabilitySet> known)
    {
        CapabilitySet? now = TryGet(node, out CapabilityAnnouncement? announcement) && filter.Matches(announcement.Capabilities) ? announcement.Capabilities : null;
        CapabilitySet? before = known.GetValueOrDefault(node);
        if (now is null)
        {
            known.Remove(node);
            return before is null ? null : new(node, NodeChangeKind.Left, before);
        }
        known[node] = now;
        if (before is null)
            return new(node, NodeChangeKind.Joined, now);
        return before.Equals(now) ? null : new(node, NodeChangeKind.Changed, now);
    }

    private static NodeId[] Union(IEnumerable<NodeId> known, IReadOnlyList<NodeId> found) => [.. known.Union(found).Order()];
}
