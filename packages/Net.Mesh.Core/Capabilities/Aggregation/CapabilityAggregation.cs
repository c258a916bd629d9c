namespace Net.Mesh.Capabilities;

/// <summary>What is counted of the nodes in a bucket (spec 04 §10.6). Immutable.</summary>
public sealed class CapabilityAggregation
{
    private readonly TagKey? _key;
    private readonly Func<ulong?, ulong, ulong>? _join;
    private readonly bool _isDistinct;

    private CapabilityAggregation(TagKey? key = null, Func<ulong?, ulong, ulong>? join = null, bool isDistinct = false)
    {
        _key = key;
        _join = join;
        _isDistinct = isDistinct;
    }

    /// <summary>How many announcements.</summary>
    public static CapabilityAggregation Count { get; } = new();

    /// <summary>How many nodes. An index has one announcement of each, so it is <see cref="Count"/>.</summary>
    public static CapabilityAggregation DistinctPublishers { get; } = new();

    /// <summary>How many different values the tags of a key have.</summary>
    public static CapabilityAggregation DistinctValues(TagKey key) => new(key, isDistinct: true);

    /// <summary>The sum of the numbers that the tags of a key have; what is none does not count, and nothing is more than 2⁶⁴ − 1.</summary>
    public static CapabilityAggregation SumNumericTag(TagKey key) => new(key, static (sum, value) => Saturated(sum ?? 0, value));

    /// <summary>The least of the numbers that the tags of a key have; 0 when there is none.</summary>
    public static CapabilityAggregation MinNumericTag(TagKey key) => new(key, static (least, value) => Math.Min(least ?? ulong.MaxValue, value));

    /// <summary>The largest of the numbers that the tags of a key have; 0 when there is none.</summary>
    public static CapabilityAggregation MaxNumericTag(TagKey key) => new(key, static (most, value) => Math.Max(most ?? 0, value));

    internal Bucket NewBucket() => new(this);

    private static ulong Saturated(ulong left, ulong right) => left > ulong.MaxValue - right ? ulong.MaxValue : left + right;

    /// <summary>A figure in the making.</summary>
    internal sealed class Bucket(CapabilityAggregation aggregation)
    {
        private readonly HashSet<string>? _values = aggregation._isDistinct ? new(StringComparer.Ordinal) : null;
        private ulong _count;
        private ulong? _joined;

        public ulong Value => aggregation switch
        {
            { _isDistinct: true } => (ulong)_values!.Count,
            { _join: not null } => _joined ?? 0,
            _ => _count,
        };

        public void Add(CapabilitySet set)
        {
            _count++;
            if (aggregation._key is not { } key)
                return;
            foreach (ref readonly Tag tag in set.TagsStartingWith(key.ToString()))
            {
                if (tag.Kind != TagKind.Value || !tag.Is(key))
                    continue;
                _values?.Add(tag.Value!);
                if (aggregation._join is { } join && TagReading.TryNumber(tag.ValueSpan, ulong.MaxValue, out ulong number))
                    _joined = join(_joined, number);
            }
        }
    }
}

/// <summary>A bucket and its figure.</summary>
/// <param name="Bucket">What the nodes in it have in common.</param>
/// <param name="Value">The figure.</param>
public readonly record struct AggregateRow(string Bucket, ulong Value);
