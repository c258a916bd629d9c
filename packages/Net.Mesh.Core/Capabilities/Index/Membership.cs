namespace Net.Mesh.Capabilities;

/// <summary>Whether a node is of a subnet or a group, by its own tags (spec 04 §11). Ids are compared in constant time.</summary>
internal static class Membership
{
    /// <summary>Whether the one subnet a node names is allowed; a node that names several is of none.</summary>
    public static bool IsInSubnet(CapabilitySet set, IReadOnlyList<CapabilitySubnetId> allowed)
    {
        CapabilitySubnetId? mine = null;
        foreach (ref readonly Tag tag in set.TagsStartingWith("subnet:"))
        {
            if (!CapabilitySubnetId.TryFromTag(tag, out CapabilitySubnetId id))
                continue;
            if (mine is { } other && other != id)
                return false;
            mine = id;
        }
        if (mine is not { } subnet)
            return false;
        bool isIn = false;
        for (int i = 0; i < allowed.Count; i++)
            isIn |= allowed[i] == subnet;
        return isIn;
    }

    /// <summary>Whether one of the groups a node names is allowed.</summary>
    public static bool IsInGroup(CapabilitySet set, IReadOnlyList<CapabilityGroupId> allowed)
    {
        bool isIn = false;
        foreach (ref readonly Tag tag in allowed.Count == 0 ? default : set.TagsStartingWith("group:"))
        {
            if (!CapabilityGroupId.TryFromTag(tag, out CapabilityGroupId id))
                continue;
            for (int i = 0; i < allowed.Count; i++)
                isIn |= allowed[i] == id;
        }
        return isIn;
    }
}
