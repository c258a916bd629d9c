namespace Net.Mesh.Capabilities;

public sealed partial class CapabilitySet
{
    private static readonly Tag GpuTag = Tag.Parse("hardware.gpu");

    private CapabilityViews? _views;

    /// <summary>The typed projections; each is read from the tags once.</summary>
    public CapabilityViews Views => _views ?? Interlocked.CompareExchange(ref _views, new(this), null) ?? _views;

    /// <summary>Whether the presence tag <c>hardware.gpu</c> is there.</summary>
    public bool HasGpu => HasTag(GpuTag);

    /// <summary>The ids of the models.</summary>
    public IEnumerable<string> ModelIds => Views.Models.Select(static m => m.Id);

    /// <summary>The ids of the tools.</summary>
    public IEnumerable<string> ToolIds => Views.Tools.Select(static t => t.ToolId);

    /// <summary>Whether a model of that id is offered, decided from the model tags alone: a legacy <c>model:…</c> tag is none.</summary>
    public bool HasModel(string id) => HasInBundle(ModelCapability.Prefix, ".id", id);

    /// <summary>Whether a tool of that id is offered, decided from the tool tags alone.</summary>
    public bool HasTool(string id) => HasInBundle(ToolCapability.Prefix, ".tool_id", id);

    /// <summary>Replaces the hardware; limits stay.</summary>
    public CapabilitySet WithHardware(HardwareCapabilities hardware)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        return WithoutTags(static t => t.Axis == TaxonomyAxis.Hardware && !t.KeySpan.StartsWith("limits.")).WithTags(hardware.ToTags());
    }

    /// <summary>Replaces the hardware; limits stay.</summary>
    public CapabilitySet WithHardware(Action<HardwareBuilder> describe)
    {
        ArgumentNullException.ThrowIfNull(describe);
        var builder = new HardwareBuilder();
        describe(builder);
        return WithHardware(builder.Build());
    }

    /// <summary>Replaces the limits.</summary>
    public CapabilitySet WithLimits(ResourceLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return WithoutTags(static t => t.Axis == TaxonomyAxis.Hardware && t.KeySpan.StartsWith("limits.")).WithTags(limits.ToTags());
    }

    /// <summary>Replaces the software; models and tools stay.</summary>
    public CapabilitySet WithSoftware(SoftwareCapabilities software)
    {
        ArgumentNullException.ThrowIfNull(software);
        return WithoutTags(static t => t.Axis == TaxonomyAxis.Software && !t.KeySpan.StartsWith("model.") && !t.KeySpan.StartsWith("tool."))
            .WithTags(software.ToTags());
    }

    /// <summary>Replaces the software; models and tools stay.</summary>
    public CapabilitySet WithSoftware(Action<SoftwareBuilder> describe)
    {
        ArgumentNullException.ThrowIfNull(describe);
        var builder = new SoftwareBuilder();
        describe(builder);
        return WithSoftware(builder.Build());
    }

    /// <summary>Adds a model; all of them are numbered anew from 0.</summary>
    public CapabilitySet AddModel(ModelCapability model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return SetModels([.. Views.Models, model]);
    }

    /// <summary>Replaces the models.</summary>
    public CapabilitySet SetModels(IReadOnlyList<ModelCapability> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        var tags = new List<Tag>();
        for (int i = 0; i < models.Count; i++)
            models[i].Emit(tags, i);
        return WithoutTags(static t => t.Axis == TaxonomyAxis.Software && t.KeySpan.StartsWith("model.")).WithTags(tags);
    }

    /// <summary>Adds a tool; all of them are numbered anew from 0.</summary>
    public CapabilitySet AddTool(ToolCapability tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return AddTools([tool]);
    }

    /// <summary>Adds tools in one pass.</summary>
    public CapabilitySet AddTools(IReadOnlyList<ToolCapability> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        return SetTools([.. Views.Tools, .. tools]);
    }

    /// <summary>Replaces the tools, and drops the metadata of those that are no longer there.</summary>
    public CapabilitySet SetTools(IReadOnlyList<ToolCapability> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        var tags = new List<Tag>();
        CapabilityMetadata metadata = Metadata.Without(key => ToolMetadata.IsOfOtherThan(tools, key));
        for (int i = 0; i < tools.Count; i++)
        {
            tools[i].Emit(tags, i);
            if (tools[i].InputSchema is { } input)
                metadata = metadata.With(ToolMetadata.InputSchema(tools[i].ToolId), input);
            if (tools[i].OutputSchema is { } output)
                metadata = metadata.With(ToolMetadata.OutputSchema(tools[i].ToolId), output);
        }
        return WithoutTags(static t => t.Axis == TaxonomyAxis.Software && t.KeySpan.StartsWith("tool.")).WithTags(tags).WithMetadata(metadata);
    }

    /// <summary>What distinguishes this set from an earlier one.</summary>
    public CapabilitySetDiff Diff(CapabilitySet previous)
    {
        ArgumentNullException.ThrowIfNull(previous);
        return CapabilitySetDiff.Between(this, previous);
    }

    // software.model.<any>.id=<id>, where <any> ends at the next dot (spec 04 §3.3).
    private bool HasInBundle(string prefix, ReadOnlySpan<char> field, ReadOnlySpan<char> id)
    {
        foreach (ref readonly Tag tag in TagsStartingWith(prefix))
        {
            if (IsBundleId(tag, prefix, field) && tag.ValueSpan.SequenceEqual(id))
                return true;
        }
        return false;
    }

    internal static bool IsBundleId(in Tag tag, string prefix, ReadOnlySpan<char> field)
    {
        if (tag.Kind != TagKind.Value || !tag.KeySpan.EndsWith(field))
            return false;
        ReadOnlySpan<char> key = tag.KeySpan[(prefix.Length - "software.".Length)..];
        return key.Length >= field.Length && key.IndexOf('.') == key.Length - field.Length;
    }

    /// <summary>The run of tags that start with an ASCII prefix; they are neighbours.</summary>
    internal ReadOnlySpan<Tag> TagsStartingWith(ReadOnlySpan<char> prefix)
    {
        int first = FirstNotBefore(prefix);
        int end = first;
        while (end < _tags.Length && _tags[end].Text.AsSpan().StartsWith(prefix))
            end++;
        return _tags.AsSpan(first, end - first);
    }

    private int FirstNotBefore(ReadOnlySpan<char> text)
    {
        int low = 0;
        int high = _tags.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Utf8Order.Compare(_tags[middle].Text, text) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
