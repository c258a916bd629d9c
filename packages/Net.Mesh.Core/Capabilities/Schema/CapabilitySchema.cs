using System.Collections.Frozen;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Which keys a capability set may have and what they take (spec 04 §15). Validating is a help to whoever fills a set: it never
/// changes what is announced, and what peers announce is not validated.
/// </summary>
/// <example><code>
/// ValidationReport report = CapabilitySchema.Validate(caps);
/// if (!report.IsClean) Console.WriteLine(report);
/// </code></example>
public sealed class CapabilitySchema
{
    private readonly FrozenDictionary<TaxonomyAxis, AxisSchema> _axes;

    /// <summary>A schema of your own. Axes that are left out are <see cref="AxisSchema.Empty"/>.</summary>
    public CapabilitySchema(IEnumerable<KeyValuePair<TaxonomyAxis, AxisSchema>> axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        _axes = axes.ToFrozenDictionary();
    }

    /// <summary>The schema of the reference. Threads share it.</summary>
    public static CapabilitySchema Canonical { get; } = CanonicalSchema.Create();

    /// <summary>Metadata that mean something to placement. Default: none; the canonical schema has <c>intent</c> and its like.</summary>
    public IReadOnlyList<string> ReservedMetadataKeys { get; init; } = [];

    /// <summary>Prefixes that names of metadata should not have. Default: none.</summary>
    public IReadOnlyList<string> ReservedMetadataPrefixes { get; init; } = [];

    /// <summary>How many UTF-8 bytes the names and values of all metadata may have before that is worth a warning. Default: 4,096.</summary>
    public int MetadataSoftCapBytes { get; init; } = 4096;

    /// <summary>What the canonical schema says of a set.</summary>
    public static ValidationReport Validate(CapabilitySet set) => Validate(set, Canonical);

    /// <summary>What a schema says of a set.</summary>
    public static ValidationReport Validate(CapabilitySet set, CapabilitySchema schema)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(schema);
        var validation = new SchemaValidation(schema);
        validation.AddTags(set);
        validation.AddMetadata(set.Metadata);
        return validation.ToReport();
    }

    /// <summary>What is known of an axis.</summary>
    public AxisSchema Axis(TaxonomyAxis axis) => _axes.GetValueOrDefault(axis, AxisSchema.Empty);
}
