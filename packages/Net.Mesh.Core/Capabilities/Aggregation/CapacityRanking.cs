namespace Net.Mesh.Capabilities;

/// <summary>Asks where there is room (spec 04 §10.6).</summary>
public sealed record CapacityQuery
{
    /// <summary>What puts nodes into buckets.</summary>
    public required CapabilityGrouping GroupBy { get; init; }

    /// <summary>Which nodes count; null for all.</summary>
    public TagMatcher? Matcher { get; init; }

    /// <summary>The key whose numbers are summed up for each bucket; null for none.</summary>
    public TagKey? CapacityKey { get; init; }

    /// <summary>How far away a node may be; one whose round-trip time is not known is too far then. Null for any.</summary>
    public TimeSpan? MaxRoundTrip { get; init; }

    /// <summary>How many rows at most; 0 for all.</summary>
    public int Limit { get; init; }
}

/// <summary>A bucket, and how many nodes of it do what; faulty ones count nowhere.</summary>
/// <param name="Bucket">What the nodes in it have in common.</param>
/// <param name="Idle">Nodes that take work.</param>
/// <param name="Busy">Nodes that work.</param>
/// <param name="Reserved">Nodes that are kept for somebody.</param>
/// <param name="SummedCapacity">The numbers of <see cref="CapacityQuery.CapacityKey"/> summed up; null when none was asked for.</param>
public readonly record struct CapacityRow(string Bucket, int Idle, int Busy, int Reserved, ulong? SummedCapacity)
{
    /// <summary>All of them.</summary>
    public int Available => Idle + Busy + Reserved;
}

/// <summary>A row in the making.</summary>
internal sealed class CapacityBucket(string name, TagKey? key)
{
    private readonly CapabilityAggregation.Bucket? _capacity = key is { } some ? CapabilityAggregation.SumNumericTag(some).NewBucket() : null;
    private int _idle;
    private int _busy;
    private int _reserved;

    public CapacityRow Row => new(name, _idle, _busy, _reserved, _capacity?.Value);

    public void Add(CapabilityNode node)
    {
        _idle += node.State == NodeState.Idle ? 1 : 0;
        _busy += node.State == NodeState.Busy ? 1 : 0;
        _reserved += node.State == NodeState.Reserved ? 1 : 0;
        _capacity?.Add(node.Capabilities);
    }
}
