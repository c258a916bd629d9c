using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>One run of a schema over a set (spec 04 §15).</summary>
internal sealed class SchemaValidation(CapabilitySchema schema)
{
    private const string NoValue = "<no value>";

    private readonly List<SchemaError> _errors = [];
    private readonly List<ValidationWarning> _warnings = [];

    public ValidationReport ToReport() => new(_errors, _warnings);

    public void AddTags(CapabilitySet set)
    {
        foreach (ref readonly Tag tag in set.TagSpan)
        {
            if (tag.IsLegacy)
                _warnings.Add(new ValidationWarning.LegacyTag(tag.Text));
            else if (tag.AxisKey is { } key)
                AddKey(tag, key);
        }
    }

    public void AddMetadata(CapabilityMetadata metadata)
    {
        long size = 0;
        foreach ((string key, string value) in metadata.Entries)
        {
            size += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
            if (schema.ReservedMetadataKeys.Contains(key))
                _warnings.Add(new ValidationWarning.MetadataReservedKey(key));
            else if (schema.ReservedMetadataPrefixes.FirstOrDefault(p => key.StartsWith(p, StringComparison.Ordinal)) is { } prefix)
                _warnings.Add(new ValidationWarning.MetadataReservedPrefix(key, prefix));
        }
        if (size > schema.MetadataSoftCapBytes)
            _warnings.Add(new ValidationWarning.MetadataOversize(schema.MetadataSoftCapBytes, size));
    }

    private void AddKey(in Tag tag, TagKey key)
    {
        AxisSchema axis = schema.Axis(key.Axis);
        if (axis.Keys.TryGetValue(key.Key, out CapabilityValueType type))
        {
            CheckValue(tag, key.Axis, key.Key, type);
            return;
        }
        KeyShape? shape = axis.Shapes.FirstOrDefault(s => Fits(s, key.Key));
        if (shape is null)
            AddUnknown(key);
        else if (shape.SubKeys is null)
            CheckValue(tag, key.Axis, shape.Prefix, shape.ValueType);
        else
            CheckIndexed(tag, key, shape);
    }

    // A list takes every key with its prefix: what is wrong after it is told, not passed to the next shape.
    private static bool Fits(KeyShape shape, string key) =>
        key.StartsWith(shape.Prefix, StringComparison.Ordinal) && (shape.SubKeys is not null || key.Length > shape.Prefix.Length);

    private void CheckIndexed(in Tag tag, TagKey key, KeyShape shape)
    {
        string rest = key.Key[shape.Prefix.Length..];
        int dot = rest.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            AddUnknown(key);
            return;
        }
        string index = rest[..dot];
        string subKey = rest[(dot + 1)..];
        if (!TagReading.TryNumber(index, uint.MaxValue, out _))
            _errors.Add(new SchemaError.IndexMalformed(key.Axis, shape.Prefix, index, tag.Text));
        else if (shape.SubKeys!.TryGetValue(subKey, out CapabilityValueType type))
            CheckValue(tag, key.Axis, subKey, type);
        else
            AddUnknown(key);
    }

    private void CheckValue(in Tag tag, TaxonomyAxis axis, string key, CapabilityValueType type)
    {
        string? value = tag.Value;
        bool isRight = type switch
        {
            CapabilityValueType.Presence => value is null,
            _ when value is null => false,
            CapabilityValueType.Number => TagReading.TryNumber(value, ulong.MaxValue, out _),
            CapabilityValueType.Bool => value is "true" or "false",
            _ => value.Length > 0,
        };
        if (!isRight)
            _errors.Add(new SchemaError.TypeMismatch(axis, key, type, value ?? NoValue));
    }

    private void AddUnknown(TagKey key) => _warnings.Add(new ValidationWarning.UnknownKey(key.Axis, key.Key));
}
