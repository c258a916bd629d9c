using System.Collections.Frozen;

namespace Net.Mesh.Capabilities;

/// <summary>Which keys an axis has, and what they take.</summary>
public sealed class AxisSchema
{
    private static readonly FrozenDictionary<string, CapabilityValueType> None = FrozenDictionary<string, CapabilityValueType>.Empty;

    private readonly FrozenDictionary<string, CapabilityValueType> _keys;
    private readonly KeyShape[] _shapes;

    /// <summary>An axis with fixed keys only.</summary>
    public AxisSchema(IEnumerable<KeyValuePair<string, CapabilityValueType>> keys)
        : this(keys, [])
    {
    }

    /// <summary>An axis with fixed keys, and shapes that are tried in order for keys that are not fixed.</summary>
    public AxisSchema(IEnumerable<KeyValuePair<string, CapabilityValueType>> keys, IEnumerable<KeyShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(shapes);
        _keys = keys.ToFrozenDictionary(StringComparer.Ordinal);
        _shapes = [.. shapes];
    }

    /// <summary>An axis of which nothing is known: every key of it is worth a warning.</summary>
    public static AxisSchema Empty { get; } = new(None);

    /// <summary>The keys that are fixed.</summary>
    public IReadOnlyDictionary<string, CapabilityValueType> Keys => _keys;

    /// <summary>The shapes of other keys, in the order in which they are tried.</summary>
    public IReadOnlyList<KeyShape> Shapes => _shapes;
}
