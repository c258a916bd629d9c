namespace Net.Mesh.Capabilities;

/// <summary>
/// What a node must have to be found (spec 04 §10.1). Immutable: every method gives a new filter. All that it asks for must be
/// there, except that of several models, or several tools, any one will do. An empty filter matches every set.
/// </summary>
/// <remarks>
/// Models, tools and GPUs are told from their own tags; a legacy tag like <c>model:llama3</c> is only ever a tag. One rule more
/// than 0.27.2 has for sets: a GPU that only its details speak of counts as one, as it does in a mesh query there.
/// </remarks>
/// <example><code>
/// CapabilityFilter filter = new CapabilityFilter().RequireGpu().MinVramGb(16);
/// </code></example>
public sealed class CapabilityFilter
{
    private Tag[] _tags = [];
    private string[] _models = [];
    private string[] _tools = [];
    private Modality[] _modalities = [];
    private Tag? _vendorTag;
    private uint _minMemoryGb;
    private uint _minVramGb;
    private uint _minContextLength;
    private bool _isImpossible;

    /// <summary>Matches every set.</summary>
    public static CapabilityFilter Any { get; } = new();

    /// <summary>Whether it asks for nothing.</summary>
    public bool IsEmpty => _tags.Length == 0 && _models.Length == 0 && _tools.Length == 0 && _modalities.Length == 0
        && !NeedsGpu && _minMemoryGb == 0 && _minContextLength == 0 && !_isImpossible;

    /// <summary>Whether it asks for one tag and nothing else.</summary>
    internal bool IsOneTag => _tags.Length == 1 && _models.Length == 0 && _tools.Length == 0 && _modalities.Length == 0
        && !NeedsGpu && _minMemoryGb == 0 && _minContextLength == 0 && !_isImpossible;

    /// <summary>Whether it asks for a GPU and nothing else.</summary>
    internal bool IsGpuOnly => NeedsGpu && _vendorTag is null && _minVramGb == 0 && _tags.Length == 0 && _models.Length == 0 && _tools.Length == 0
        && _modalities.Length == 0 && _minMemoryGb == 0 && _minContextLength == 0 && !_isImpossible;

    internal ReadOnlySpan<Tag> Tags => _tags;

    internal ReadOnlySpan<string> Models => _models;

    internal ReadOnlySpan<string> Tools => _tools;

    internal bool NeedsGpu { get; private set; }

    internal Tag? VendorTag => _vendorTag;

    internal bool IsImpossible => _isImpossible;

    /// <summary>Asks for a tag; <c>=</c> and <c>:</c> are one in value tags. A text that is no tag is in no set.</summary>
    public CapabilityFilter RequireTag(string tag)
    {
        CapabilityFilter next = Copy();
        if (Tag.TryParse(tag, out Tag parsed))
            next._tags = [.. _tags, parsed];
        else
            next._isImpossible = true;
        return next;
    }

    /// <summary>Asks for a model; asking for more lets any of them do.</summary>
    public CapabilityFilter RequireModel(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        CapabilityFilter next = Copy();
        next._models = [.. _models, id];
        return next;
    }

    /// <summary>Asks for a tool; asking for more lets any of them do.</summary>
    public CapabilityFilter RequireTool(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        CapabilityFilter next = Copy();
        next._tools = [.. _tools, id];
        return next;
    }

    /// <summary>Asks for a model that handles it; asking for more lets another model handle each.</summary>
    public CapabilityFilter RequireModality(Modality modality)
    {
        CapabilityFilter next = Copy();
        next._modalities = [.. _modalities, modality];
        return next;
    }

    /// <summary>Asks for a GPU.</summary>
    public CapabilityFilter RequireGpu()
    {
        CapabilityFilter next = Copy();
        next.NeedsGpu = true;
        return next;
    }

    /// <summary>Asks for a GPU of that make; <see cref="GpuVendor.Unknown"/> for one whose make is not said.</summary>
    public CapabilityFilter RequireGpuVendor(GpuVendor vendor)
    {
        CapabilityFilter next = RequireGpu();
        next._vendorTag = Tag.Parse($"hardware.gpu.vendor={ProjectionNames.Name(vendor)}");
        next.IsVendorUnknown = vendor == GpuVendor.Unknown;
        return next;
    }

    /// <summary>Asks for GPUs with at least so much memory together, in GiB.</summary>
    public CapabilityFilter MinVramGb(uint gb)
    {
        CapabilityFilter next = RequireGpu();
        next._minVramGb = gb;
        return next;
    }

    /// <summary>Asks for at least so much main memory, in GiB.</summary>
    public CapabilityFilter MinMemoryGb(uint gb)
    {
        CapabilityFilter next = Copy();
        next._minMemoryGb = gb;
        return next;
    }

    /// <summary>Asks for a model that looks back on at least so many tokens.</summary>
    public CapabilityFilter MinContextLength(uint tokens)
    {
        CapabilityFilter next = Copy();
        next._minContextLength = tokens;
        return next;
    }

    /// <summary>Whether a set has all of it. Allocates nothing once the set's projections have been read.</summary>
    public bool Matches(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return !_isImpossible && HasTags(set) && HasHardware(set) && HasBundles(set);
    }

    internal bool IsVendorUnknown { get; private set; }

    private bool HasTags(CapabilitySet set)
    {
        foreach (ref readonly Tag tag in _tags.AsSpan())
        {
            if (!set.HasTag(tag))
                return false;
        }
        return true;
    }

    private bool HasHardware(CapabilitySet set)
    {
        if (NeedsGpu && !set.HasGpu && !set.Views.Hardware.HasGpu)
            return false;
        if (_vendorTag is { } vendor && !set.HasTag(vendor) && !(IsVendorUnknown && set.Views.Hardware.Gpu?.Vendor == GpuVendor.Unknown))
            return false;
        return (_minVramGb == 0 || set.Views.Hardware.TotalVramGb >= _minVramGb)
            && (_minMemoryGb == 0 || set.Views.Hardware.MemoryGb >= _minMemoryGb);
    }

    private bool HasBundles(CapabilitySet set)
    {
        if (_models.Length > 0 && !HasAnyModel(set))
            return false;
        if (_tools.Length > 0 && !HasAnyTool(set))
            return false;
        if (_minContextLength > 0 && !HasContext(set.Views.Models))
            return false;
        foreach (Modality modality in _modalities)
        {
            if (!HasModality(set.Views.Models, modality))
                return false;
        }
        return true;
    }

    private bool HasAnyModel(CapabilitySet set)
    {
        foreach (string id in _models)
        {
            if (set.HasModel(id))
                return true;
        }
        return false;
    }

    private bool HasAnyTool(CapabilitySet set)
    {
        foreach (string id in _tools)
        {
            if (set.HasTool(id))
                return true;
        }
        return false;
    }

    private bool HasContext(IReadOnlyList<ModelCapability> models)
    {
        for (int i = 0; i < models.Count; i++)
        {
            if (models[i].ContextLength >= _minContextLength)
                return true;
        }
        return false;
    }

    private static bool HasModality(IReadOnlyList<ModelCapability> models, Modality modality)
    {
        for (int i = 0; i < models.Count; i++)
        {
            IReadOnlyList<Modality> offered = models[i].Modalities;
            for (int j = 0; j < offered.Count; j++)
            {
                if (offered[j] == modality)
                    return true;
            }
        }
        return false;
    }

    private CapabilityFilter Copy() => (CapabilityFilter)MemberwiseClone();
}
