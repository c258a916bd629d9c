namespace Net.Mesh.Capabilities;

/// <summary>What a node says of the NAT in front of it (spec 04 §5).</summary>
public enum NatClass : byte
{
    /// <summary>Not said, or not known.</summary>
    Unknown,

    /// <summary>None, or one that lets everybody in.</summary>
    Open,

    /// <summary>One that keeps one outside port per inside port.</summary>
    Cone,

    /// <summary>One that takes another outside port for every destination.</summary>
    Symmetric,
}

/// <summary>The tags that say it: <c>nat:open</c> and so on; a set has one.</summary>
public static class NatTags
{
    private const string Prefix = "nat:";

    /// <summary>The class in the first of these tags.</summary>
    public static NatClass ClassIn(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        ReadOnlySpan<Tag> tags = set.TagsStartingWith(Prefix);
        return tags.IsEmpty ? NatClass.Unknown : tags[0].Text switch
        {
            "nat:open" => NatClass.Open,
            "nat:cone" => NatClass.Cone,
            "nat:symmetric" => NatClass.Symmetric,
            _ => NatClass.Unknown,
        };
    }

    /// <summary>A copy that says this class and no other.</summary>
    public static CapabilitySet WithNatClass(this CapabilitySet set, NatClass natClass)
    {
        ArgumentNullException.ThrowIfNull(set);
        string name = natClass switch
        {
            NatClass.Open => "open",
            NatClass.Cone => "cone",
            NatClass.Symmetric => "symmetric",
            _ => "unknown",
        };
        return set.WithoutTags(static tag => tag.Text.StartsWith(Prefix, StringComparison.Ordinal)).WithTag(Tag.Parse(Prefix + name));
    }
}
