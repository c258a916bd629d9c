using System.Collections.Frozen;

namespace Net.Mesh.Capabilities;

/// <summary>Keys that start alike: <c>runtime.&lt;name&gt;</c>, or <c>model.&lt;index&gt;.&lt;sub-key&gt;</c>.</summary>
public sealed class KeyShape
{
    private KeyShape(string prefix, CapabilityValueType valueType, FrozenDictionary<string, CapabilityValueType>? subKeys)
    {
        if (string.IsNullOrEmpty(prefix) || prefix[^1] != '.')
            throw new ArgumentException($"The prefix '{prefix}' does not end in a dot.", nameof(prefix));
        Prefix = prefix;
        ValueType = valueType;
        SubKeys = subKeys;
    }

    /// <summary>What the keys start with, the dot included.</summary>
    public string Prefix { get; }

    /// <summary>What <c>prefix.name</c> takes, where the shape is a map.</summary>
    public CapabilityValueType ValueType { get; }

    /// <summary>What <c>prefix.index.sub-key</c> takes, where the shape is a list; none where it is a map.</summary>
    public IReadOnlyDictionary<string, CapabilityValueType>? SubKeys { get; }

    /// <summary>Keys with any name that is not empty after the prefix.</summary>
    public static KeyShape Map(string prefix, CapabilityValueType valueType) => new(prefix, valueType, null);

    /// <summary>Keys with an unsigned 32-bit index, a dot and a sub-key after the prefix.</summary>
    public static KeyShape Indexed(string prefix, IEnumerable<KeyValuePair<string, CapabilityValueType>> subKeys)
    {
        ArgumentNullException.ThrowIfNull(subKeys);
        return new(prefix, default, subKeys.ToFrozenDictionary(StringComparer.Ordinal));
    }
}
