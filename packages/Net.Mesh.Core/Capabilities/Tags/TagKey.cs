namespace Net.Mesh.Capabilities;

/// <summary>An axis and a key within it, which together name a property: <c>hardware.memory_gb</c>.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="Key">The text after the axis and its dot; may have dots of its own, and may be empty.</param>
public readonly record struct TagKey(TaxonomyAxis Axis, string Key)
{
    /// <summary>Reads <c>axis.key</c>; everything after the first dot is the key, whatever it holds.</summary>
    public static bool TryParse(string? text, out TagKey key)
    {
        key = default;
        int dot = text?.IndexOf('.') ?? -1;
        if (dot < 0 || !TaxonomyAxisNames.TryParse(text.AsSpan(0, dot), out TaxonomyAxis axis))
            return false;
        key = new(axis, text![(dot + 1)..]);
        return true;
    }

    /// <summary>Reads <c>axis.key</c>.</summary>
    /// <exception cref="FormatException">The text does not start with an axis and a dot.</exception>
    public static TagKey Parse(string text) => TryParse(text, out TagKey key)
        ? key
        : throw new FormatException($"'{text}' is no key; it takes hardware, software, devices or dataforts, a dot, and a name.");

    /// <summary>By axis, then by the UTF-8 bytes of the key.</summary>
    public int CompareTo(TagKey other) => Axis != other.Axis ? Axis.CompareTo(other.Axis) : Utf8Order.Compare(Key, other.Key);

    /// <summary>The presence tag of this key: <c>hardware.gpu</c>.</summary>
    public Tag ToTag() => Tag.Parse(ToString());

    /// <summary>The value tag of this key, with <c>=</c>: <c>hardware.memory_gb=64</c>.</summary>
    public Tag ToTag(string value) => Tag.Parse($"{this}={value}");

    /// <summary><c>axis.key</c>.</summary>
    public override string ToString() => $"{Axis.ToName()}.{Key}";
}
