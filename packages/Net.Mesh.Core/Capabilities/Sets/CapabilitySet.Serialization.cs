using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

public sealed partial class CapabilitySet
{
    private const byte CompactVersion = 0x01;

    /// <summary>Writes the canonical JSON (spec 04 §3.1): the form that announcements carry and that is signed.</summary>
    public void WriteJson(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var json = new CanonicalJsonWriter(output);
        CapabilitySetJson.Write(ref json, this);
        json.Flush();
    }

    /// <summary>The canonical JSON in UTF-8.</summary>
    public byte[] ToJsonUtf8()
    {
        var output = new ArrayBufferWriter<byte>(SizeHint);
        WriteJson(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes the compact form (spec 04 §3.2): a byte 1, then postcard. The mesh never carries it.</summary>
    public void WriteCompact(IBufferWriter<byte> output)
    {
        var writer = new PostcardWriter(output);
        writer.WriteByte(CompactVersion);
        writer.WriteVarint((ulong)_tags.Length);
        foreach (ref readonly Tag tag in _tags.AsSpan())
            writer.WriteString(tag.Text);
        writer.WriteVarint((ulong)Metadata.Count);
        foreach ((string key, string value) in Metadata.Entries)
        {
            writer.WriteString(key);
            writer.WriteString(value);
        }
        writer.Flush();
    }

    /// <summary>The compact form.</summary>
    public byte[] ToCompactBytes()
    {
        var output = new ArrayBufferWriter<byte>(SizeHint);
        WriteCompact(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads either form, told by the first byte: <c>{</c> or 1. Never throws, whatever the bytes are.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CapabilitySet? set)
    {
        set = null;
        if (bytes.IsEmpty)
            return false;
        return bytes[0] switch
        {
            (byte)'{' => StrictJsonReader.TryOpen(bytes, out StrictJsonReader json) && CapabilitySetJson.TryRead(ref json, out set) && json.TryEnd(),
            CompactVersion => TryReadCompact(bytes[1..], out set),
            _ => false,
        };
    }

    /// <summary>Reads either form.</summary>
    /// <exception cref="FormatException">The bytes are neither.</exception>
    public static CapabilitySet FromBytes(ReadOnlySpan<byte> bytes) => TryFromBytes(bytes, out CapabilitySet? set)
        ? set
        : throw new FormatException($"These {bytes.Length} bytes are no capability set; one is JSON with tags and metadata, or a byte 1 and postcard.");

    private static bool TryReadCompact(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CapabilitySet? set)
    {
        set = null;
        var reader = new PostcardReader(bytes);
        if (!reader.TryReadCount(out int tagCount))
            return false;
        var tags = new List<Tag>(Math.Min(tagCount, 256));
        for (int i = 0; i < tagCount; i++)
        {
            if (!reader.TryReadString(out string? text) || !Tag.TryParse(text, out Tag tag))
                return false;
            tags.Add(tag);
        }
        if (!reader.TryReadCount(out int entryCount, smallestElement: 2))
            return false;
        var entries = new List<KeyValuePair<string, string>>(Math.Min(entryCount, 256));
        for (int i = 0; i < entryCount; i++)
        {
            if (!reader.TryReadString(out string? key) || !reader.TryReadString(out string? value))
                return false;
            entries.Add(new(key, value));
        }
        set = FromDecoded([.. tags], CapabilityMetadata.FromDecoded(entries));
        return true;
    }

    internal static CapabilitySet FromDecoded(Tag[] tags, CapabilityMetadata metadata) => new(Sorted(tags), metadata);

    private int SizeHint => 64 + _tags.Length * 32 + Metadata.Count * 64;
}
