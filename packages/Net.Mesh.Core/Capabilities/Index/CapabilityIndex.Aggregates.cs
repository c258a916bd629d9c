namespace Net.Mesh.Capabilities;

public sealed partial class CapabilityIndex
{
    /// <summary>A figure for each bucket, ascending by the bucket's text. Walks all nodes, outside the lock.</summary>
    /// <param name="groupBy">What puts nodes into buckets.</param>
    /// <param name="aggregation">What is counted.</param>
    /// <param name="matcher">Which nodes count; null for all.</param>
    /// <param name="stateOf">What a node is doing, where that is known; idle otherwise.</param>
    public IReadOnlyList<AggregateRow> Aggregate(CapabilityGrouping groupBy, CapabilityAggregation aggregation, TagMatcher? matcher = null, Func<NodeId, NodeState>? stateOf = null)
    {
        ArgumentNullException.ThrowIfNull(groupBy);
        ArgumentNullException.ThrowIfNull(aggregation);
        var buckets = new SortedDictionary<string, CapabilityAggregation.Bucket>(Utf8Order.Instance);
        foreach ((CapabilityNode node, string name) in InBuckets(groupBy, matcher, stateOf, static _ => true))
        {
            if (!buckets.TryGetValue(name, out CapabilityAggregation.Bucket? bucket))
                buckets.Add(name, bucket = aggregation.NewBucket());
            bucket.Add(node.Capabilities);
        }
        return [.. buckets.Select(static bucket => new AggregateRow(bucket.Key, bucket.Value.Value))];
    }

    /// <summary>Where there is room: the bucket with the most nodes first, of equals by the bucket's text.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="roundTrip">The round-trip time of a node, where it is known.</param>
    /// <param name="stateOf">What a node is doing, where that is known; idle otherwise.</param>
    public IReadOnlyList<CapacityRow> RankCapacity(CapacityQuery query, Func<NodeId, TimeSpan?> roundTrip, Func<NodeId, NodeState>? stateOf = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(roundTrip);
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit, nameof(query));
        var buckets = new Dictionary<string, CapacityBucket>(StringComparer.Ordinal);
        foreach ((CapabilityNode node, string name) in InBuckets(query.GroupBy, query.Matcher, stateOf, IsNear))
        {
            if (!buckets.TryGetValue(name, out CapacityBucket? bucket))
                buckets.Add(name, bucket = new(name, query.CapacityKey));
            bucket.Add(node);
        }
        IEnumerable<CapacityRow> rows = buckets.Values.Select(static bucket => bucket.Row)
            .OrderByDescending(static row => row.Available).ThenBy(static row => row.Bucket, Utf8Order.Instance);
        return [.. query.Limit == 0 ? rows : rows.Take(query.Limit)];

        bool IsNear(CapabilityNode node) => node.State != NodeState.Faulty
            && (query.MaxRoundTrip is not { } most || node.NodeId == _self || roundTrip(node.NodeId) <= most);
    }

    private IEnumerable<(CapabilityNode Node, string Bucket)> InBuckets(
        CapabilityGrouping groupBy, TagMatcher? matcher, Func<NodeId, NodeState>? stateOf, Func<CapabilityNode, bool> isWanted)
    {
        Interlocked.Increment(ref _queries);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (CapabilityAnnouncement known in Snapshot())
        {
            if (matcher?.Matches(known.Capabilities) == false)
                continue;
            var node = new CapabilityNode(known.NodeId, known.Capabilities, stateOf?.Invoke(known.NodeId) ?? NodeState.Idle);
            if (!isWanted(node))
                continue;
            groupBy.Collect(node, names);
            foreach (string name in names)
                yield return (node, name);
        }
    }
}
