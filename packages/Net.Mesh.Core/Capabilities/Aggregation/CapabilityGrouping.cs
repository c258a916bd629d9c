using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>
/// What puts nodes into buckets (spec 04 §10.6). By tags a node can be in several buckets, or in none. Immutable.
/// </summary>
public sealed class CapabilityGrouping
{
    private const string None = "(none)";
    private const string Present = "(present)";
    private const string RegionPrefix = "scope:region:";

    private readonly Action<CapabilityNode, HashSet<string>> _collect;

    private CapabilityGrouping(Action<CapabilityNode, HashSet<string>> collect) => _collect = collect;

    /// <summary>By the class of the announcement: all are of class <c>0x0</c>.</summary>
    public static CapabilityGrouping Class { get; } = new(static (_, buckets) => buckets.Add("0x0"));

    /// <summary>By what the node is doing: <c>idle</c>, <c>busy</c>, <c>reserved</c>, <c>faulty</c>.</summary>
    public static CapabilityGrouping State { get; } = new(static (node, buckets) => buckets.Add(NameOf(node.State)));

    /// <summary>By region, of several by the first one; <c>(none)</c> without.</summary>
    public static CapabilityGrouping Region { get; } = new(static (node, buckets) => buckets.Add(RegionOf(node.Capabilities)));

    /// <summary>By the node itself: <c>0x</c> and its id in hexadecimal.</summary>
    public static CapabilityGrouping Publisher { get; } = new(static (node, buckets) => buckets.Add(string.Create(CultureInfo.InvariantCulture, $"0x{node.NodeId.Value:x}")));

    /// <summary>By what follows a prefix in tags, up to the next dot; <c>(present)</c> for a tag that is the prefix.</summary>
    public static CapabilityGrouping TagStem(string prefix)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return new((node, buckets) =>
        {
            foreach (ref readonly Tag tag in node.Capabilities.TagSpan)
            {
                if (StemOf(tag.Text, prefix) is { } stem)
                    buckets.Add(stem);
            }
        });
    }

    /// <summary>By the values that the tags of a key have.</summary>
    public static CapabilityGrouping TagValue(TagKey key) => new((node, buckets) =>
    {
        foreach (ref readonly Tag tag in node.Capabilities.TagsStartingWith(key.ToString()))
        {
            if (tag.Is(key) && tag.Value is { } value)
                buckets.Add(value);
        }
    });

    internal void Collect(CapabilityNode node, HashSet<string> buckets)
    {
        buckets.Clear();
        _collect(node, buckets);
    }

    private static string NameOf(NodeState state) => state switch
    {
        NodeState.Busy => "busy",
        NodeState.Reserved => "reserved",
        NodeState.Faulty => "faulty",
        _ => "idle",
    };

    private static string RegionOf(CapabilitySet set)
    {
        foreach (ref readonly Tag tag in set.TagsStartingWith(RegionPrefix))
        {
            if (tag.Text.Length > RegionPrefix.Length)
                return tag.Text[RegionPrefix.Length..];
        }
        return None;
    }

    // "a.b" is a stem of "a.b.c" and of "a.b", and none of "a.bc".
    private static string? StemOf(string text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        ReadOnlySpan<char> rest = text.AsSpan(prefix.Length);
        if (rest.IsEmpty)
            return Present;
        if (!prefix.EndsWith('.'))
        {
            if (rest[0] != '.')
                return null;
            rest = rest[1..];
        }
        int dot = rest.IndexOf('.');
        return (dot < 0 ? rest : rest[..dot]).ToString();
    }
}

/// <summary>What a node is doing. Announcements do not say; who knows better says so where it asks.</summary>
public enum NodeState
{
    /// <summary>It takes work.</summary>
    Idle,

    /// <summary>It works.</summary>
    Busy,

    /// <summary>It is kept for somebody.</summary>
    Reserved,

    /// <summary>It does not work as it should.</summary>
    Faulty,
}

/// <summary>A node as it is put into buckets.</summary>
internal readonly record struct CapabilityNode(NodeId NodeId, CapabilitySet Capabilities, NodeState State);
