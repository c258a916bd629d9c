using System.Buffers;
using System.Net;

namespace Net.Mesh.Capabilities;

public sealed partial class CapabilityIndex
{
    /// <summary>The nodes that match, each once, ascending; the own node among them when it does.</summary>
    /// <param name="filter">What they must have.</param>
    /// <param name="scope">Whom the query is meant to find; null for everybody, whatever their scope.</param>
    /// <param name="isSameSubnet">
    /// Whether a node is of the own subnet, for <see cref="ScopeFilter.SameSubnet"/>; the own node always is, and without an
    /// answer nobody else. Called outside the lock.
    /// </param>
    public IReadOnlyList<NodeId> FindNodes(CapabilityFilter filter, ScopeFilter? scope = null, Func<NodeId, bool>? isSameSubnet = null)
    {
        var nodes = new List<NodeId>();
        FindNodes(filter, nodes, scope, isSameSubnet);
        return nodes;
    }

    /// <summary>The same into a list of the caller's, which is cleared first.</summary>
    public void FindNodes(CapabilityFilter filter, List<NodeId> nodes, ScopeFilter? scope = null, Func<NodeId, bool>? isSameSubnet = null)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(nodes);
        nodes.Clear();
        ScopeFilter? scopeOfSet = scope is { AsksForSubnet: true } ? null : scope;
        lock (_lock)
            Collect(filter, scopeOfSet, nodes);
        if (scope is { AsksForSubnet: true })
            KeepSameSubnet(nodes, isSameSubnet);
    }

    /// <summary>The nodes that have a tag, ascending; <c>=</c> and <c>:</c> are one in value tags.</summary>
    public IReadOnlyList<NodeId> FindByTag(in Tag tag)
    {
        lock (_lock)
        {
            _queries++;
            return _lists.TryTag(tag, out Posting? posting) ? NodesOf(posting) : [];
        }
    }

    /// <summary>The nodes that have a tag of a key, with whatever value, ascending.</summary>
    public IReadOnlyList<NodeId> FindByKey(in TagKey key)
    {
        lock (_lock)
        {
            _queries++;
            return _lists.TryKey(key, out Posting? posting) ? NodesOf(posting) : [];
        }
    }

    /// <summary>The nodes that serve an RPC service (spec 04 §10.5).</summary>
    public IReadOnlyList<NodeId> FindServiceNodes(string service)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return Tag.TryParse($"nrpc:{service}", out Tag tag) ? FindByTag(tag) : [];
    }

    /// <summary>
    /// The nodes for which a predicate is true, ascending. Only nodes that have the tags it cannot be true without are asked, outside
    /// the lock.
    /// </summary>
    public IReadOnlyList<NodeId> FindNodes(Predicate predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        (NodeId Node, CapabilitySet Set)[] asked = [];
        int count = 0;
        lock (_lock)
        {
            _queries++;
            if (PredicateCandidates.Of(_lists, predicate) is { Count: > 0 } candidates)
            {
                asked = ArrayPool<(NodeId, CapabilitySet)>.Shared.Rent(candidates.Count);
                count = candidates.CopyTo(asked);
            }
        }
        var nodes = new List<NodeId>();
        foreach ((NodeId node, CapabilitySet set) in asked.AsSpan(0, count))
        {
            if (predicate.Evaluate(set))
                nodes.Add(node);
        }
        if (count > 0)
            ArrayPool<(NodeId, CapabilitySet)>.Shared.Return(asked, clearArray: true);
        return nodes;
    }

    /// <summary>
    /// For each of some filters, the nodes that match, as <see cref="FindNodes(CapabilityFilter, ScopeFilter?, Func{NodeId, bool}?)"/>
    /// answers; all of them of one moment.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<NodeId>> FindNodesOfEach(IReadOnlyList<CapabilityFilter> filters, ScopeFilter? scope = null, Func<NodeId, bool>? isSameSubnet = null)
    {
        ArgumentNullException.ThrowIfNull(filters);
        var answers = new List<NodeId>[filters.Count];
        ScopeFilter? scopeOfSet = scope is { AsksForSubnet: true } ? null : scope;
        lock (_lock)
        {
            for (int i = 0; i < answers.Length; i++)
                Collect(filters[i], scopeOfSet, answers[i] = []);
        }
        if (scope is { AsksForSubnet: true })
        {
            foreach (List<NodeId> nodes in answers)
                KeepSameSubnet(nodes, isSameSubnet);
        }
        return answers;
    }

    /// <summary>The nodes whose set a question is answered with yes for, ascending. Asks of every node, outside the lock.</summary>
    public IReadOnlyList<NodeId> FindNodes(Func<CapabilitySet, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        Interlocked.Increment(ref _queries);
        return [.. Snapshot().Where(known => isWanted(known.Capabilities)).Select(static known => known.NodeId)];
    }

    /// <summary>The node with the highest score, the lowest id of equals; null when none matches.</summary>
    /// <param name="requirement">What it must have, and what makes it better.</param>
    /// <param name="scope">As for <see cref="FindNodes(CapabilityFilter, ScopeFilter?, Func{NodeId, bool}?)"/>.</param>
    /// <param name="isSameSubnet">Likewise.</param>
    public NodeId? FindBestNode(CapabilityRequirement requirement, ScopeFilter? scope = null, Func<NodeId, bool>? isSameSubnet = null)
    {
        ArgumentNullException.ThrowIfNull(requirement);
        HashSet<NodeId>? near = scope is { AsksForSubnet: true } ? [.. FindNodes(requirement.Filter, scope, isSameSubnet)] : null;
        ScopeFilter? scopeOfSet = near is null ? scope : null;
        NodeId? best = null;
        float highest = 0f;
        lock (_lock)
        {
            _queries++;
            if (_lists.Plan(requirement.Filter, out bool isExact) is not { } candidates)
                return null;
            for (int run = 0; run < candidates.RunCount; run++)
            {
                foreach (IndexEntry entry in candidates.RunAt(run))
                {
                    if (!isExact && !requirement.Filter.Matches(entry.Set))
                        continue;
                    float score = requirement.Weigh(entry.Facts);
                    if (score <= highest || near?.Contains(entry.Node) == false || scopeOfSet?.Admits(entry.Set, isSameSubnet: false) == false)
                        continue;
                    highest = score;
                    best = entry.Node;
                }
            }
        }
        return best;
    }

    /// <summary>The nodes that hold a chain: the own node first, then by round-trip time, then those that were not measured, by id.</summary>
    /// <param name="origin">The chain.</param>
    /// <param name="roundTrip">The round-trip time of a node, where it is known. Called outside the lock.</param>
    public IReadOnlyList<NodeId> FindChainHolders(OriginHash origin, Func<NodeId, TimeSpan?> roundTrip)
    {
        ArgumentNullException.ThrowIfNull(roundTrip);
        IReadOnlyList<NodeId> holders;
        string hash = ChainTags.HashOf(origin);
        lock (_lock)
        {
            _queries++;
            holders = _lists.TryChain(hash, out Posting? posting) ? NodesOf(posting) : [];
        }
        return
        [
            .. holders
                .Select(node => (Node: node, RoundTrip: node == _self ? TimeSpan.MinValue : roundTrip(node) ?? TimeSpan.MaxValue))
                .OrderBy(static holder => holder.RoundTrip).ThenBy(static holder => holder.Node)
                .Select(static holder => holder.Node),
        ];
    }

    /// <summary>The address that others see a node at, where it said so.</summary>
    public IPEndPoint? ReflexAddressOf(NodeId node) => TryGet(node, out CapabilityAnnouncement? announcement) ? announcement.ReflexAddress : null;

    /// <summary>What a node said of the NAT in front of it.</summary>
    public NatClass NatClassOf(NodeId node) => NatTags.ClassIn(CapabilitiesOf(node));

    /// <summary>
    /// Whether <paramref name="caller"/> may use what <paramref name="target"/> announced under a tag (spec 04 §11): the target
    /// has exactly that tag, and its lists are empty, or name the caller, its subnet or a group of it.
    /// </summary>
    public bool MayExecute(NodeId target, in Tag tag, NodeId caller)
    {
        if (!TryGet(target, out CapabilityAnnouncement? announcement) || !announcement.Capabilities.HasExactTag(tag))
            return false;
        if (!announcement.IsRestricted)
            return true;
        for (int i = 0; i < announcement.AllowedNodes.Count; i++)
        {
            if (announcement.AllowedNodes[i] == caller)
                return true;
        }
        CapabilitySet callers = CapabilitiesOf(caller);
        return Membership.IsInSubnet(callers, announcement.AllowedSubnets) || Membership.IsInGroup(callers, announcement.AllowedGroups);
    }

    // Under the lock.
    private void Collect(CapabilityFilter filter, ScopeFilter? scope, List<NodeId> nodes)
    {
        _queries++;
        if (_lists.Plan(filter, out bool isExact) is not { } candidates)
            return;
        for (int run = 0; run < candidates.RunCount; run++)
        {
            foreach (IndexEntry entry in candidates.RunAt(run))
            {
                if ((isExact || filter.Matches(entry.Set)) && (scope is null || scope.Admits(entry.Set, isSameSubnet: false)))
                    nodes.Add(entry.Node);
            }
        }
    }

    // A method of its own, so that other queries do not pay for its closure.
    private void KeepSameSubnet(List<NodeId> nodes, Func<NodeId, bool>? isSameSubnet) =>
        nodes.RemoveAll(node => node != _self && isSameSubnet?.Invoke(node) != true);

    private static NodeId[] NodesOf(Posting posting)
    {
        var nodes = new NodeId[posting.Count];
        int count = 0;
        for (int run = 0; run < posting.RunCount; run++)
        {
            foreach (IndexEntry entry in posting.RunAt(run))
                nodes[count++] = entry.Node;
        }
        return nodes;
    }
}
