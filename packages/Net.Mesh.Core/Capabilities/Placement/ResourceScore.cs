namespace Net.Mesh.Capabilities;

/// <summary>The resource axis (spec 04 §16.2): more is better, with less and less to gain.</summary>
internal static class ResourceScore
{
    private const double MaxValue = 1e15;

    private static readonly (TagKey Key, double Reference)[] ComputeKeys =
    [
        (TagKey.Parse("hardware.cpu_cores"), 8),
        (TagKey.Parse("hardware.memory_gb"), 16),
        (TagKey.Parse("hardware.gpu.vram_gb"), 16),
    ];

    private static readonly (TagKey Key, double Reference)[] StorageKeys = [(TagKey.Parse("dataforts.capacity_gb"), 1000)];

    public static double Of(CapabilitySet set, ResourceMode mode)
    {
        double? compute = mode == ResourceMode.Storage ? null : Mean(set, ComputeKeys);
        double? storage = mode == ResourceMode.Compute ? null : Mean(set, StorageKeys);
        return (compute, storage) switch
        {
            ({ } x, { } y) => (x + y) / 2,
            _ => compute ?? storage ?? 1, // T23: a node that says nothing is not held to be empty
        };
    }

    private static double? Mean(CapabilitySet set, ReadOnlySpan<(TagKey Key, double Reference)> keys)
    {
        double sum = 0;
        int count = 0;
        foreach ((TagKey key, double reference) in keys)
        {
            if (!TryRead(set, key, out double value))
                continue;
            sum += value / (value + reference);
            count++;
        }
        return count == 0 ? null : sum / count;
    }

    // T23: NaN and 1e308 once made the whole product 0.
    private static bool TryRead(CapabilitySet set, TagKey key, out double value)
    {
        foreach (ref readonly Tag tag in set.TagsStartingWith(key.ToString()))
        {
            if (tag.Kind == TagKind.Value && tag.Is(key) && TagNumber.TryParse(tag.ValueSpan, out value) && value is >= 0 and <= MaxValue)
                return true;
        }
        value = 0;
        return false;
    }
}
