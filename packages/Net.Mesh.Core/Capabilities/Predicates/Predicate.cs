using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>
/// A question about a node's tags and metadata that travels (spec 04 §13): clauses, and how they are joined. Immutable; any
/// number of threads may evaluate one, and evaluating allocates nothing. The text forms of keys are <c>axis.key</c>, as in
/// <c>hardware.memory_gb</c>; what follows the first dot is the key, whatever it holds.
/// </summary>
/// <remarks>
/// A clause is true when one tag suffices; it is false when the tag or the metadata are missing, or are no number or version
/// where it needs one. So <see cref="Not"/> over it is true then. Reserved and legacy tags never match.
/// </remarks>
/// <example><code>
/// Predicate p = Predicate.And(Predicate.Exists("hardware.gpu"), Predicate.AtLeast("hardware.memory_gb", 64));
/// bool fits = p.Evaluate(caps);
/// </code></example>
public sealed partial class Predicate : IEquatable<Predicate>
{
    /// <summary>How many nodes one predicate may have: 65,536. A <c>net-where</c> header has room for about a hundred.</summary>
    public const int MaxNodeCount = 65_536;

    private readonly Predicate[] _clauses;
    private PredicatePlan? _planned;
    private PredicatePlan? _unplanned;

    private Predicate(PredicateKind kind, Predicate[] clauses)
    {
        Kind = kind;
        _clauses = clauses;
        long count = 1;
        ulong cost = 0;
        foreach (Predicate clause in clauses)
        {
            count += clause.NodeCount;
            cost += clause.Cost;
        }
        if (count > MaxNodeCount)
            throw new ArgumentException($"A predicate has at most {MaxNodeCount} nodes; this one would have {count}.", nameof(clauses));
        NodeCount = (int)count;
        Cost = (uint)Math.Min(cost, uint.MaxValue);
    }

    private Predicate(PredicateKind kind, TagKey key, string text = "", double min = 0, double max = 0)
        : this(kind, text, min, max)
    {
        Key = key;
        KeyText = key.ToString();
    }

    private Predicate(PredicateKind kind, string metadataKey, string text = "", double min = 0)
        : this(kind, text, min, 0) => KeyText = metadataKey;

    private Predicate(PredicateKind kind, string text, double min, double max)
    {
        Kind = kind;
        Text = text;
        Min = min;
        Max = max;
        _clauses = [];
        NodeCount = 1;
        Cost = CostOf(kind);
        if (kind is PredicateKind.SemverAtLeast or PredicateKind.SemverAtMost or PredicateKind.SemverCompatible && LooseVersion.TryParse(text, out LooseVersion version))
            Version = version;
    }

    /// <summary>What it asks.</summary>
    public PredicateKind Kind { get; }

    /// <summary>What is joined, of <see cref="PredicateKind.And"/>, <see cref="PredicateKind.Or"/> and <see cref="PredicateKind.Not"/>.</summary>
    public ImmutableArray<Predicate> Clauses => ImmutableCollectionsMarshal.AsImmutableArray(_clauses);

    /// <summary>How many nodes there are, this one included; at most <see cref="MaxNodeCount"/>.</summary>
    public int NodeCount { get; }

    /// <summary>Whether it has no clauses of its own but asks something itself.</summary>
    internal bool IsLeaf => Kind < PredicateKind.And;

    internal bool IsMetadata => Kind is >= PredicateKind.MetadataExists and <= PredicateKind.MetadataAtLeast;

    /// <summary>The axis and key of a clause about tags.</summary>
    internal TagKey Key { get; }

    /// <summary>The key of a clause as text: <c>axis.key</c>, or the metadata's name.</summary>
    internal string KeyText { get; } = "";

    /// <summary>The value, version, prefix or pattern.</summary>
    internal string Text { get; } = "";

    /// <summary>The version that <see cref="Text"/> is; none when it is none.</summary>
    internal LooseVersion? Version { get; }

    /// <summary>The threshold, or the lower end of a range.</summary>
    internal double Min { get; }

    /// <summary>The upper end of a range.</summary>
    internal double Max { get; }

    /// <summary>What it takes to evaluate, in the units of spec 04 §13.1; saturated.</summary>
    internal uint Cost { get; }

    internal ReadOnlySpan<Predicate> ClauseSpan => _clauses;

    /// <summary>What the clause is called in traces and reports, such as <c>NumericAtLeast(hardware.memory_gb >= 64)</c>.</summary>
    public string Label => PredicateLabels.Of(this);

    /// <summary>Whether the set answers yes. The cheapest clauses are asked first, and only as many as it takes.</summary>
    public bool Evaluate(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return (_planned ??= PredicatePlan.ByCost(this)).Evaluate(capabilities);
    }

    /// <summary>The same answer, asked for in the order in which the clauses were given.</summary>
    public bool EvaluateUnplanned(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return (_unplanned ??= PredicatePlan.AsGiven(this)).Evaluate(capabilities);
    }

    /// <summary>
    /// The same answer, asked for in an order that also weighs how many values a key has in an index. To ask many sets, keep what
    /// <see cref="Plan"/> returns.
    /// </summary>
    public bool EvaluateWithIndex(CapabilitySet capabilities, ICardinalityProvider index) => Plan(index).Evaluate(capabilities);

    /// <summary>Fixes an order of the clauses that weighs how many values each key has in an index.</summary>
    public PredicatePlan Plan(ICardinalityProvider index)
    {
        ArgumentNullException.ThrowIfNull(index);
        return PredicatePlan.ByCardinality(this, index);
    }

    /// <summary>The answer, and which clauses led to it. Clauses that were not asked are not in it (spec 04 T31).</summary>
    public PredicateTrace EvaluateWithTrace(CapabilitySet capabilities) => PredicateTrace.Of(this, capabilities, withSkipped: false);

    /// <summary>The same, with the clauses that were not asked when <paramref name="withSkipped"/> is set; they say so.</summary>
    public PredicateTrace EvaluateWithTrace(CapabilitySet capabilities, bool withSkipped) => PredicateTrace.Of(this, capabilities, withSkipped);

    /// <summary>Whether both have the same nodes in the same places; equal predicates have equal bytes.</summary>
    public bool Equals(Predicate? other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (other is null || NodeCount != other.NodeCount)
            return false;
        // Trees may be tens of thousands deep: no recursion.
        var open = new Stack<(Predicate Left, Predicate Right)>();
        open.Push((this, other));
        while (open.TryPop(out (Predicate Left, Predicate Right) pair))
        {
            (Predicate left, Predicate right) = pair;
            if (ReferenceEquals(left, right))
                continue;
            if (!left.IsSameNode(right))
                return false;
            for (int i = 0; i < left._clauses.Length; i++)
                open.Push((left._clauses[i], right._clauses[i]));
        }
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Predicate);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, NodeCount, Cost, KeyText, Text, Min, Max);

    /// <summary>All nodes on one line: <c>And(Exists(hardware.gpu), Not(MetadataExists(owner)))</c>. For people; nothing reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var open = new Stack<(Predicate? Node, string Before)>();
        open.Push((this, ""));
        while (open.TryPop(out (Predicate? Node, string Before) next))
        {
            text.Append(next.Before);
            if (next.Node is not { } node)
                continue;
            text.Append(node.IsLeaf ? node.Label : $"{node.Kind}(");
            if (node.IsLeaf)
                continue;
            open.Push((null, ")"));
            for (int i = node._clauses.Length - 1; i >= 0; i--)
                open.Push((node._clauses[i], i > 0 ? ", " : ""));
        }
        return text.ToString();
    }

    // Bits, not values: 0 and -0 have different bytes.
    private bool IsSameNode(Predicate other) =>
        Kind == other.Kind
        && _clauses.Length == other._clauses.Length
        && KeyText == other.KeyText
        && Text == other.Text
        && BitConverter.DoubleToInt64Bits(Min) == BitConverter.DoubleToInt64Bits(other.Min)
        && BitConverter.DoubleToInt64Bits(Max) == BitConverter.DoubleToInt64Bits(other.Max);

    private static uint CostOf(PredicateKind kind) => kind switch
    {
        PredicateKind.MetadataExists => 10,
        PredicateKind.MetadataEquals => 11,
        PredicateKind.Exists => 20,
        PredicateKind.ValueEquals => 21,
        PredicateKind.MetadataAtLeast => 25,
        PredicateKind.AtLeast or PredicateKind.AtMost or PredicateKind.InRange => 30,
        PredicateKind.StartsWith => 40,
        PredicateKind.MetadataContains => 45,
        PredicateKind.Contains => 50,
        _ => 60,
    };
}
