namespace Net.Mesh.Capabilities;

/// <summary>What a schema forbids; one of the types inside (spec 04 §15).</summary>
public abstract record SchemaError
{
    private SchemaError()
    {
    }

    /// <summary>The stable word of the kind, such as <c>type_mismatch</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>A key takes another kind of value.</summary>
    /// <param name="Axis">The axis.</param>
    /// <param name="Key">The key in the schema: the fixed key, the sub-key of a list, or the prefix of a map.</param>
    /// <param name="Expected">What it takes.</param>
    /// <param name="Actual">The value that the tag has, or <c>&lt;no value&gt;</c>.</param>
    public sealed record TypeMismatch(TaxonomyAxis Axis, string Key, CapabilityValueType Expected, string Actual) : SchemaError
    {
        /// <inheritdoc/>
        public override string Kind => "type_mismatch";
    }

    /// <summary>What should be an index is none.</summary>
    /// <param name="Axis">The axis.</param>
    /// <param name="Prefix">The prefix of the list, the dot included.</param>
    /// <param name="Index">What stands in the place of the index.</param>
    /// <param name="Tag">The whole tag.</param>
    public sealed record IndexMalformed(TaxonomyAxis Axis, string Prefix, string Index, string Tag) : SchemaError
    {
        /// <inheritdoc/>
        public override string Kind => "index_malformed";
    }
}
