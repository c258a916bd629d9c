namespace Net.Mesh.Capabilities;

/// <summary>What a typed tag speaks of: the text before its first dot (spec 04 §2.1). The order of the values is their sort order.</summary>
public enum TaxonomyAxis : byte
{
    /// <summary>Compute: processors, memory, GPUs, limits.</summary>
    Hardware,

    /// <summary>The software stack: operating system, runtimes, models, tools.</summary>
    Software,

    /// <summary>Roles that face the world.</summary>
    Devices,

    /// <summary>Storage, and the chains a node hosts.</summary>
    Dataforts,
}

/// <summary>The names of the axes, as tags write them.</summary>
public static class TaxonomyAxisNames
{
    /// <summary>The axis as a tag writes it: lower case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the four.</exception>
    public static string ToName(this TaxonomyAxis axis) => axis switch
    {
        TaxonomyAxis.Hardware => "hardware",
        TaxonomyAxis.Software => "software",
        TaxonomyAxis.Devices => "devices",
        TaxonomyAxis.Dataforts => "dataforts",
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "There are four axes: Hardware, Software, Devices and Dataforts."),
    };

    /// <summary>Reads an axis; the case counts (spec 04 §2.1).</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out TaxonomyAxis axis)
    {
        switch (name)
        {
            case "hardware":
                axis = TaxonomyAxis.Hardware;
                return true;
            case "software":
                axis = TaxonomyAxis.Software;
                return true;
            case "devices":
                axis = TaxonomyAxis.Devices;
                return true;
            case "dataforts":
                axis = TaxonomyAxis.Dataforts;
                return true;
            default:
                axis = default;
                return false;
        }
    }
}
