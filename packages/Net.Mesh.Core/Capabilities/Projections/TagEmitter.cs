using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>Collects the tags of a projection; what is zero, empty or null has none (spec 04 §4).</summary>
internal readonly struct TagEmitter(List<Tag> tags, string prefix)
{
    public void Present(string key) => tags.Add(Tag.Parse(prefix + key));

    public void Number(string key, ulong value)
    {
        if (value > 0)
            tags.Add(Tag.Parse(string.Create(CultureInfo.InvariantCulture, $"{prefix}{key}={value}")));
    }

    public void Text(string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            Always(key, value);
    }

    public void Always(string key, string value) => tags.Add(Tag.Parse($"{prefix}{key}={value}"));
}
