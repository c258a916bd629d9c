namespace Net.Mesh.Capabilities;

/// <summary>What features add to every announcement of the node: the services it serves, the channels it offers. Guarded by its owner.</summary>
internal sealed class Contributions
{
    private readonly SortedDictionary<string, Func<CapabilitySet, CapabilitySet>> _byName = new(StringComparer.Ordinal);

    /// <summary>Puts one in place of the feature's earlier one, which is returned, or takes that away.</summary>
    public Func<CapabilitySet, CapabilitySet>? Set(string feature, Func<CapabilitySet, CapabilitySet>? add)
    {
        Func<CapabilitySet, CapabilitySet>? before = _byName.GetValueOrDefault(feature);
        if (add is null)
            _byName.Remove(feature);
        else
            _byName[feature] = add;
        return before;
    }

    public CapabilitySet AddTo(CapabilitySet announced)
    {
        foreach (Func<CapabilitySet, CapabilitySet> add in _byName.Values)
            announced = add(announced);
        return announced;
    }
}
