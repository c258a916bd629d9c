namespace Net.Mesh.Capabilities;

/// <summary>What a schema does not know, or what others may not take; one of the types inside (spec 04 §15).</summary>
public abstract record ValidationWarning
{
    private ValidationWarning()
    {
    }

    /// <summary>The stable word of the kind, such as <c>unknown_key</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>A tag without an axis.</summary>
    /// <param name="Tag">The whole tag.</param>
    public sealed record LegacyTag(string Tag) : ValidationWarning
    {
        /// <inheritdoc/>
        public override string Kind => "legacy_tag";
    }

    /// <summary>A key that the schema does not have.</summary>
    /// <param name="Axis">The axis.</param>
    /// <param name="Key">The whole key.</param>
    public sealed record UnknownKey(TaxonomyAxis Axis, string Key) : ValidationWarning
    {
        /// <inheritdoc/>
        public override string Kind => "unknown_key";
    }

    /// <summary>Metadata that mean something to placement.</summary>
    /// <param name="Key">The name.</param>
    public sealed record MetadataReservedKey(string Key) : ValidationWarning
    {
        /// <inheritdoc/>
        public override string Kind => "metadata_reserved_key";
    }

    /// <summary>Metadata whose name starts with a prefix that the schema reserves; the canonical one reserves none.</summary>
    /// <param name="Key">The name.</param>
    /// <param name="Prefix">The prefix.</param>
    public sealed record MetadataReservedPrefix(string Key, string Prefix) : ValidationWarning
    {
        /// <inheritdoc/>
        public override string Kind => "metadata_reserved_prefix";
    }

    /// <summary>More metadata than a node should announce. Nothing enforces it.</summary>
    /// <param name="SoftCapBytes">What the schema asks for.</param>
    /// <param name="ActualBytes">The UTF-8 bytes of all names and values.</param>
    public sealed record MetadataOversize(long SoftCapBytes, long ActualBytes) : ValidationWarning
    {
        /// <inheritdoc/>
        public override string Kind => "metadata_oversize";
    }
}
