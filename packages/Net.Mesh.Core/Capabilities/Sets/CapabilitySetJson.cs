using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>The canonical JSON of a set (spec 04 §3.1), which announcements carry and signatures cover.</summary>
internal static class CapabilitySetJson
{
    public static void Write(ref CanonicalJsonWriter json, CapabilitySet set)
    {
        json.Raw("{\"tags\":["u8);
        ReadOnlySpan<Tag> tags = set.TagSpan;
        for (int i = 0; i < tags.Length; i++)
        {
            if (i > 0)
                json.Raw((byte)',');
            json.String(tags[i].Text);
        }
        json.Raw("],\"metadata\":{"u8);
        ReadOnlySpan<KeyValuePair<string, string>> metadata = set.Metadata.Entries;
        for (int i = 0; i < metadata.Length; i++)
        {
            if (i > 0)
                json.Raw((byte)',');
            json.String(metadata[i].Key);
            json.Raw((byte)':');
            json.String(metadata[i].Value);
        }
        json.Raw("}}"u8);
    }

    public static bool TryRead(ref StrictJsonReader json, out CapabilitySet set)
    {
        set = CapabilitySet.Empty;
        Tag[]? tags = null;
        CapabilityMetadata? metadata = null;
        int members = 0;
        if (!json.TryTake((byte)'{'))
            return false;
        while (true)
        {
            if (!json.TryStep((byte)'}', ref members, out bool hasMore))
                return false;
            if (!hasMore)
                break;
            if (!json.TryName(out ReadOnlySpan<byte> name))
                return false;
            bool isRead = name switch
            {
                _ when name.SequenceEqual("tags"u8) => tags is null && TryTags(ref json, out tags),
                _ when name.SequenceEqual("metadata"u8) => metadata is null && TryMetadata(ref json, out metadata),
                _ => json.TrySkip(),
            };
            if (!isRead)
                return false;
        }
        set = CapabilitySet.FromDecoded(tags ?? [], metadata ?? CapabilityMetadata.Empty);
        return true;
    }

    private static bool TryTags(ref StrictJsonReader json, out Tag[]? tags)
    {
        tags = null;
        var list = new List<Tag>();
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
            {
                tags = [.. list];
                return true;
            }
            if (!json.TryString(out string text) || !Tag.TryParse(text, out Tag tag))
                return false;
            list.Add(tag);
        }
        return false;
    }

    private static bool TryMetadata(ref StrictJsonReader json, out CapabilityMetadata? metadata)
    {
        metadata = null;
        var entries = new List<KeyValuePair<string, string>>();
        int count = 0;
        if (!json.TryTake((byte)'{'))
            return false;
        while (json.TryStep((byte)'}', ref count, out bool hasMore))
        {
            if (!hasMore)
            {
                metadata = CapabilityMetadata.FromDecoded(entries);
                return true;
            }
            if (!json.TryString(out string key) || !json.TryTake((byte)':') || !json.TryString(out string value))
                return false;
            entries.Add(new(key, value));
        }
        return false;
    }
}
