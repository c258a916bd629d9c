namespace Net.Mesh.Capabilities;

/// <summary>How far a node looks when it caches or attracts data.</summary>
public enum TopologyScope : byte
{
    /// <summary>Only itself.</summary>
    Node,

    /// <summary>Its zone.</summary>
    Zone,

    /// <summary>Its region.</summary>
    Region,

    /// <summary>The whole mesh: the default, and what an unknown name counts as.</summary>
    Mesh,
}

/// <summary>Whether a node caches what passes by: the tags <c>dataforts.greedy.*</c> (spec 04 §17).</summary>
/// <param name="Enabled">Whether it does.</param>
/// <param name="Scope">How far it looks; only said when enabled.</param>
/// <param name="Proximity">How near a chain must be, 0…255; 0 is not said.</param>
public readonly record struct GreedyCapability(bool Enabled, TopologyScope Scope = TopologyScope.Mesh, byte Proximity = 0)
{
    private const string Prefix = "dataforts.greedy.";

    /// <summary>The tags that say this.</summary>
    public IReadOnlyList<Tag> ToTags() => ReachTags.Write(Prefix, Enabled, Scope, Proximity);

    /// <summary>Reads it from a set.</summary>
    public static GreedyCapability FromTags(CapabilitySet set)
    {
        (bool isEnabled, TopologyScope scope, byte proximity) = ReachTags.Read(set, Prefix);
        return new(isEnabled, scope, proximity);
    }
}

/// <summary>Whether a node attracts what is read often: the tags <c>dataforts.gravity.*</c> (spec 04 §17).</summary>
/// <param name="Enabled">Whether it does.</param>
/// <param name="Scope">How far it looks; only said when enabled.</param>
/// <param name="Proximity">How near a chain must be, 0…255; 0 is not said.</param>
public readonly record struct GravityCapability(bool Enabled, TopologyScope Scope = TopologyScope.Mesh, byte Proximity = 0)
{
    private const string Prefix = "dataforts.gravity.";

    /// <summary>The tags that say this.</summary>
    public IReadOnlyList<Tag> ToTags() => ReachTags.Write(Prefix, Enabled, Scope, Proximity);

    /// <summary>Reads it from a set.</summary>
    public static GravityCapability FromTags(CapabilitySet set)
    {
        (bool isEnabled, TopologyScope scope, byte proximity) = ReachTags.Read(set, Prefix);
        return new(isEnabled, scope, proximity);
    }
}

/// <summary>The tags that both share.</summary>
internal static class ReachTags
{
    private static readonly string[] Names = ["node", "zone", "region", "mesh"];

    public static List<Tag> Write(string prefix, bool isEnabled, TopologyScope scope, byte proximity)
    {
        var tags = new List<Tag>();
        var emit = new TagEmitter(tags, prefix);
        if (isEnabled)
        {
            emit.Present("enabled");
            emit.Always("scope", Names[(int)scope]);
        }
        emit.Number("proximity", proximity);
        return tags;
    }

    public static (bool IsEnabled, TopologyScope Scope, byte Proximity) Read(CapabilitySet set, string prefix)
    {
        ArgumentNullException.ThrowIfNull(set);
        (bool IsEnabled, TopologyScope Scope, byte Proximity) read = (false, TopologyScope.Mesh, 0);
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, prefix))
        {
            switch (tag.Text.AsSpan(prefix.Length, tag.KeySpan.Length + "dataforts.".Length - prefix.Length))
            {
                case "enabled" when tag.Kind == TagKind.Presence:
                    read.IsEnabled = true;
                    break;
                case "scope" when tag.Kind == TagKind.Value:
                    int index = FindIndex(Names, tag.ValueSpan);
                    read.Scope = index < 0 ? TopologyScope.Mesh : (TopologyScope)index;
                    break;
                case "proximity":
                    read.Proximity = (byte)TagReading.Number(tag.ValueSpan, byte.MaxValue);
                    break;
            }
        }
        return read;
    }

    private static int FindIndex(string[] names, ReadOnlySpan<char> name)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (name.Equals(names[i], StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }
}
