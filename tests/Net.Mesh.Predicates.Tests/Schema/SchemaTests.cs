using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Validation (spec 04 §15), where the fixture is silent.</summary>
public sealed class SchemaTests
{
    [Fact]
    public void The_errors_name_the_entry_of_the_schema()
    {
        ValidationReport report = CapabilitySchema.Validate(CapabilitySet.FromTags(
            "hardware.memory_gb", "software.model.0.loaded=maybe", "software.runtime.node=", "software.tool.4294967296.name=x"));
        Assert.Equal(
        [
            new SchemaError.TypeMismatch(TaxonomyAxis.Hardware, "memory_gb", CapabilityValueType.Number, "<no value>"),
            new SchemaError.TypeMismatch(TaxonomyAxis.Software, "loaded", CapabilityValueType.Bool, "maybe"),
            new SchemaError.TypeMismatch(TaxonomyAxis.Software, "runtime.", CapabilityValueType.Text, ""),
            new SchemaError.IndexMalformed(TaxonomyAxis.Software, "tool.", "4294967296", "software.tool.4294967296.name=x"),
        ], report.Errors);
        Assert.False(report.IsValid);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void What_is_not_known_is_a_warning()
    {
        ValidationReport report = CapabilitySchema.Validate(CapabilitySet.FromTags(
            "devices.camera", "software.runtime.=1", "software.model.0", "software.model.0.x=1", "scope:tenant:a", "old"));
        Assert.True(report.IsValid);
        Assert.False(report.IsClean);
        Assert.Equal(
            ["devices.camera", "old", "software.model.0", "software.model.0.x", "software.runtime."],
            report.Warnings.Select(w => w switch
            {
                ValidationWarning.UnknownKey key => $"{key.Axis.ToName()}.{key.Key}",
                ValidationWarning.LegacyTag tag => tag.Tag,
                _ => w.ToString(),
            }));
    }

    [Fact]
    public void What_the_typed_builders_write_is_clean()
    {
        CapabilitySet set = CapabilitySet.Empty
            .WithHardware(new HardwareCapabilities { CpuCores = 8, MemoryGb = 64 })
            .AddModel(new ModelCapability("llama3-70b") { Family = "llama", ContextLength = 8192, TokensPerSecond = 40, IsLoaded = true });
        ValidationReport report = CapabilitySchema.Validate(set);
        Assert.True(report.IsClean, report.ToString());
    }

    [Fact]
    [Trait("spec", "04 T30")]
    public void No_prefix_of_metadata_is_reserved() => Assert.True(CapabilitySchema.Validate(CapabilitySet.Empty.WithMetadata("tool::x", "{}")).IsClean);

    [Fact]
    public void Metadata_are_counted_in_utf8_and_may_just_fill_the_cap()
    {
        CapabilitySet fits = CapabilitySet.Empty.WithMetadata("ä", new string('x', 4094));
        Assert.True(CapabilitySchema.Validate(fits).IsClean);
        ValidationReport report = CapabilitySchema.Validate(fits.WithMetadata("intent", ""));
        Assert.Equal([new ValidationWarning.MetadataReservedKey("intent"), new ValidationWarning.MetadataOversize(4096, 4102)], report.Warnings);
    }

    [Fact]
    public void A_schema_of_ones_own_may_be_used()
    {
        var schema = new CapabilitySchema([new(TaxonomyAxis.Devices, new AxisSchema([new("camera", CapabilityValueType.Presence)]))])
        {
            ReservedMetadataPrefixes = ["x-"],
            MetadataSoftCapBytes = 4,
        };
        ValidationReport report = CapabilitySchema.Validate(CapabilitySet.FromTags("devices.camera").WithMetadata("x-abc", ""), schema);
        Assert.Equal([new ValidationWarning.MetadataReservedPrefix("x-abc", "x-"), new ValidationWarning.MetadataOversize(4, 5)], report.Warnings);
    }
}
